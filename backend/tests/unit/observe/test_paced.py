"""Paced looks: the dearer one is, the rarer."""

from __future__ import annotations

from typing import Any, cast

from accessa.observe.paced import LONGEST_PAUSE_SECONDS, Paced


class _Clock:
    """A clock that looks move on by what they cost."""

    def __init__(self, cost: float) -> None:
        self.now = 0.0
        self.looks = 0
        self._cost = cost

    def __call__(self) -> float:
        return self.now

    async def look(self, _connection: Any) -> int:
        self.now += self._cost
        self.looks += 1
        return self.looks


async def _looks_within(clock: _Clock, seconds: float, **options: float) -> int:
    paced = Paced(clock.look, clock=clock, **cast("Any", options))
    while clock.now < seconds:
        await paced.get(cast("Any", None))
        clock.now += 0.1
    return clock.looks


async def test_a_cheap_look_is_made_as_often_as_it_is_wanted() -> None:
    """Ten looks in ten seconds, when one is wanted each second."""
    assert 10 == await _looks_within(_Clock(0.001), 10, every_seconds=1.0, share=0.01)


async def test_a_dear_look_takes_no_more_than_its_share() -> None:
    """A look of 50 ms with a share of one hundredth is made every five seconds."""
    assert 23 == await _looks_within(_Clock(0.05), 100, every_seconds=1.0, share=0.01)


async def test_however_dear_a_look_is_it_is_made_again() -> None:
    """A look of ten seconds is still made every minute."""
    assert 13 == await _looks_within(_Clock(10.0), 10 * LONGEST_PAUSE_SECONDS, every_seconds=1.0, share=0.01)
