"""What a provider's headers say about its rate limits; durations are written as `20ms`, `6s`, `1m30s`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from accessa.domain.rate_limits import RateLimits

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def read_limits(headers: Mapping[str, str]) -> RateLimits:
    """Return the limits of an answer; a header that cannot be read counts as absent.

    So does a limit of 0, which cannot be meant: no call could ever go out to learn another one.
    """
    return RateLimits(
        _number(headers.get("x-ratelimit-limit-requests")) or None,
        _number(headers.get("x-ratelimit-remaining-requests")),
        _number(headers.get("x-ratelimit-limit-tokens")) or None,
        _number(headers.get("x-ratelimit-remaining-tokens")),
    )


def seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Return how long until the limit that is used up is full again, or None when the headers name none."""
    waits = [
        seconds
        for what in ("requests", "tokens")
        if _number(headers.get(f"x-ratelimit-remaining-{what}")) == 0
        and (seconds := read_duration(headers.get(f"x-ratelimit-reset-{what}"))) is not None
    ]
    return max(waits, default=None)


def read_duration(text: str | None) -> float | None:
    """Return the seconds that `1m30s` or `20ms` stand for, or None for another form."""
    if not text or not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
