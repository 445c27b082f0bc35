"""A pytest plugin: a worker takes a file at a time, and the end-to-end tests as one, as all of them share one stack."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

_SHARED_STACK = "e2e"


class WorkUnits(LoadFileScheduling):  # type: ignore[misc]
    """Files as units of work, in the order in which they were named."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """Return what a test goes to a worker with: its file, or the folder whose tests share a stack."""
    file = PurePosixPath(nodeid.split("::", 1)[0])
    return str(file.parent if file.parent.name == _SHARED_STACK else file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorkUnits:
    """Hand the units out."""
    return WorkUnits(config, log)
