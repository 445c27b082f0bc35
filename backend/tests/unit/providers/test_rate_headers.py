"""Rate limits as a provider's headers tell them."""

from __future__ import annotations

import pytest

from accessa.domain.rate_limits import RateLimits
from accessa.providers.rate_headers import read_duration, read_limits, seconds_until_reset


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20ms", 0.02),
        ("6s", 6.0),
        ("1m30s", 90.0),
        ("1h2m", 3720.0),
        ("8.64s", 8.64),
        ("6m0s", 360.0),
        ("1d", 86400.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("6", None),
        ("6s later", None),
    ],
)
def test_durations_are_read_as_the_provider_writes_them(text: str | None, seconds: float | None) -> None:
    """Milliseconds to days, also together; another form says nothing."""
    assert seconds == read_duration(text)


def test_limits_are_read_and_nonsense_is_left_out() -> None:
    """A header that is no number, not finite or below nothing counts as absent."""
    headers = {
        "x-ratelimit-limit-requests": "3000",
        "x-ratelimit-remaining-requests": "2999",
        "x-ratelimit-limit-tokens": "nan",
        "x-ratelimit-remaining-tokens": "-5",
    }

    assert RateLimits(3000, 2999, None, None) == read_limits(headers)


def test_the_pause_is_that_of_the_limit_that_is_used_up() -> None:
    """Without Retry-After the reset of what has run out says how long to wait; a full limit says nothing."""
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "12s",
        "x-ratelimit-remaining-tokens": "70",
        "x-ratelimit-reset-tokens": "5m0s",
    }

    assert (12.0, None) == (seconds_until_reset(headers), seconds_until_reset({}))


def test_a_limit_of_zero_counts_as_absent() -> None:
    """A service that writes 0 where it has no limit is not left alone for ever; 0 requests left are believed."""
    headers = {
        "x-ratelimit-limit-requests": "0",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-limit-tokens": "0",
    }

    assert RateLimits(None, 0, None, None) == read_limits(headers)
