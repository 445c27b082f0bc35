"""What several tests of the pipeline need from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from backend.tests.simulators import Simulator

if TYPE_CHECKING:
    from backend.tests.house import Outside


@pytest.fixture
async def embedder(outside: Outside) -> AsyncIterator[Simulator]:
    """The embedding simulator, without faults before and after."""
    simulator = Simulator(outside, "openai")
    await simulator.play()
    await simulator.begin()
    yield simulator
    await simulator.play()
