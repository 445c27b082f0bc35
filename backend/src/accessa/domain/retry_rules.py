"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable

# A provider, or a proxy before it, may ask for years by sending a date as seconds: it does not own our schedule.
LONGEST_FLOOR_SECONDS = 3600.0


def backoff_seconds(
    tries: int,
    *,
    base_seconds: float,
    cap_seconds: float,
    floor_seconds: float | None = None,
    jitter: Callable[[], float],
) -> float:
    """Return the pause after the `tries`-th failure (from 1): doubling, capped, jittered between half and whole.

    `floor_seconds` is the provider's own Retry-After and is not undercut, up to an hour; `jitter` returns
    a number in [0, 1).
    """
    # The exponent is bounded before the power is taken: an unbounded one would overflow long before the cap applies.
    whole = min(cap_seconds, base_seconds * 2.0 ** min(max(tries - 1, 0), 32))
    return max(whole * (0.5 + 0.5 * jitter()), min(floor_seconds or 0.0, LONGEST_FLOOR_SECONDS))
