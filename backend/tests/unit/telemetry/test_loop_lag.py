"""How late the turns of an event loop come."""

from __future__ import annotations

import pytest

from accessa.telemetry import loop_lag
from accessa.telemetry.loop_lag import LoopLag, worst_lag


class _Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """The time of the module, which a test moves on."""
    clock = _Clock()
    monkeypatch.setattr(loop_lag, "time", clock)
    return clock


def test_the_worst_turn_of_the_last_moments_is_told(clock: _Clock) -> None:
    """A late turn is told for 15 seconds and then forgotten; a turn in time is none."""
    lag = LoopLag(tick_seconds=0.5)
    with lag:
        clock.now += 0.5
        lag.tick()
        in_time = lag.worst()
        clock.now += 2.5
        lag.tick()
        late = lag.worst()
        for _ in range(31):
            clock.now += 0.5
            lag.tick()
        forgotten = lag.worst()

    assert (0.0, 2.0, 0.0) == (in_time, late, forgotten)


def test_a_turn_that_lasts_is_told_while_it_does(clock: _Clock) -> None:
    """Another thread sees that the loop stands still, and all loops of the process count until they end."""
    with LoopLag(tick_seconds=0.5) as standing:
        clock.now += 7.5
        seen = standing.worst(), worst_lag()

    assert (7.0, 7.0) == seen
    assert worst_lag() < 7
