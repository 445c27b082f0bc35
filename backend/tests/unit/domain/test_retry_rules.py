"""Pauses between tries: growing, capped, spread, and never shorter than the provider asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.retry_rules import backoff_seconds

TRIES = st.integers(-5, 10**9)
SHARES = st.floats(0, 1, exclude_max=True)


def pause(tries: int, *, floor: float | None = None, share: float = 1.0, cap: float = 900.0) -> float:
    """Return the pause with the default base of 3 seconds; `share` is what the jitter draws."""
    return backoff_seconds(tries, base_seconds=3, cap_seconds=cap, floor_seconds=floor, jitter=lambda: share)


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(0, 3), (1, 3), (2, 6), (3, 12), (8, 384), (9, 768), (10, 900), (33, 900), (10**9, 900)],
)
def test_pauses_double_up_to_the_cap(tries: int, seconds: float) -> None:
    """The first pause is the base; a million tries later it is the cap and nothing has overflowed."""
    assert seconds == pause(tries)


@given(TRIES, SHARES)
def test_a_pause_lies_between_half_and_whole(tries: int, share: float) -> None:
    """Many jobs that failed together do not come back together, and none comes back at once."""
    assert pause(tries) / 2 <= pause(tries, share=share) <= pause(tries)


@given(TRIES, SHARES, st.floats(0, 1e9))
def test_the_providers_pause_is_a_floor(tries: int, share: float, floor: float) -> None:
    """Retry-After is never undercut, not even by the cap, and lengthens nothing that is longer already."""
    assert max(min(floor, 3600.0), pause(tries, share=share)) == pause(tries, share=share, floor=floor)


@given(TRIES, SHARES)
def test_a_later_try_never_comes_sooner(tries: int, share: float) -> None:
    """With the same draw, one more failure never shortens the pause."""
    assert pause(tries, share=share) <= pause(tries + 1, share=share)
