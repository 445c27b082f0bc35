"""Processes of the product that may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from backend.tests.faults.processes import Processes, started_in


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """The means to start processes of the product; none is left after the test."""
    with started_in(tmp_path) as started:
        yield started
