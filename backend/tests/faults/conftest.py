"""The house of the integration tests, and processes that may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from backend.tests.faults.processes import Processes, started_in
from backend.tests.integration.pipeline.conftest import (
    house,
    outside,
    samples,
    shared_database_url,
    shared_house,
)

__all__ = ["house", "outside", "samples", "shared_database_url", "shared_house"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """The means to start processes of the product; none is left after the test."""
    with started_in(tmp_path) as started:
        yield started
