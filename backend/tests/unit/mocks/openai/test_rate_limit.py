"""Rate limits: durations as the provider writes them, and a 429 that says how long to wait."""

from __future__ import annotations

import pytest

from mock_providers.openai.errors import ApiError
from mock_providers.openai.rate_limit import RateLimit, as_duration


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0ms"), (0.02, "20ms"), (6.0, "6s"), (59.7, "1m0s"), (90.0, "1m30s")]
)
def test_durations(seconds: float, text: str) -> None:
    """Milliseconds, seconds, or minutes and seconds."""
    assert text == as_duration(seconds)


def test_tokens_are_refused_until_they_fit() -> None:
    """A request over the limit is a 429 of type tokens; after the time it names it is served."""
    now = 0.0
    limit = RateLimit(clock=lambda: now)
    limit.spend(50, 0, 60)

    with pytest.raises(ApiError) as refused:
        limit.spend(20, 0, 60)

    error = refused.value
    assert (429, "tokens", "rate_limit_exceeded") == (
        error.status,
        error.body["error"]["type"],
        error.body["error"]["code"],
    )
    assert "Limit 60, Used 50, Requested 20. Please try again in 10.000s." in error.body["error"]["message"]
    now = 10.0
    assert "0" == limit.spend(20, 0, 60)["x-ratelimit-remaining-tokens"]


def test_without_a_limit_nothing_is_refused() -> None:
    """A limit of 0 shows a large one and refuses nothing."""
    limit = RateLimit(clock=lambda: 0.0)

    headers = [limit.spend(300_000, 0, 0) for _ in range(100)][-1]

    assert ("10000", "10000000", "0") == (
        headers["x-ratelimit-limit-requests"],
        headers["x-ratelimit-limit-tokens"],
        headers["x-ratelimit-remaining-tokens"],
    )
