"""Requests and tokens per minute: the headers of every answer, and the 429 where a limit is set."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from mock_providers.openai.errors import rate_limited

_SHOWN_REQUESTS = 10_000
_SHOWN_TOKENS = 10_000_000
_MINUTE = 60.0
_SECOND_MS = 1000


@dataclass(slots=True)
class _Bucket:
    """Fills evenly up to `limit` within a minute."""

    what: str
    limit: int
    used: float = 0.0
    seen_at: float = 0.0

    def drain(self, now: float) -> None:
        self.used = max(0.0, self.used - (now - self.seen_at) * self.limit / _MINUTE)
        self.seen_at = now

    def seconds_until(self, amount: float) -> float:
        """Return how long it takes until `amount` fits."""
        return max(0.0, self.used + amount - self.limit) * _MINUTE / self.limit

    def headers(self) -> dict[str, str]:
        remaining = max(0, int(self.limit - self.used))
        return {
            f"x-ratelimit-limit-{self.what}": str(self.limit),
            f"x-ratelimit-remaining-{self.what}": str(remaining),
            f"x-ratelimit-reset-{self.what}": as_duration(self.used * _MINUTE / self.limit),
        }


@dataclass(slots=True)
class RateLimit:
    """Counts what was used. Use it from one thread only."""

    clock: Callable[[], float] = time.monotonic
    _requests: _Bucket = field(default_factory=lambda: _Bucket("requests", _SHOWN_REQUESTS))
    _tokens: _Bucket = field(default_factory=lambda: _Bucket("tokens", _SHOWN_TOKENS))

    def spend(self, tokens: int, requests_per_minute: int, tokens_per_minute: int) -> dict[str, str]:
        """Count one request and return its headers; raises the 429 where a limit that is not 0 is reached."""
        now = self.clock()
        wishes = ((self._requests, requests_per_minute, 1), (self._tokens, tokens_per_minute, tokens))
        for bucket, limit, amount in wishes:
            bucket.limit = limit or (_SHOWN_REQUESTS if bucket is self._requests else _SHOWN_TOKENS)
            bucket.drain(now)
            if limit and (seconds := bucket.seconds_until(amount)):
                error = rate_limited(bucket.what, limit, int(bucket.used), amount, seconds)
                error.headers |= self.headers()
                raise error
        for bucket, _, amount in wishes:
            bucket.used = min(bucket.used + amount, float(bucket.limit))
        return self.headers()

    def headers(self) -> dict[str, str]:
        """Return the headers as things stand."""
        return self._requests.headers() | self._tokens.headers()


def as_duration(seconds: float) -> str:
    """Return seconds the way the provider writes them: `20ms`, `6s`, `1m30s`."""
    if seconds < 1:
        return f"{round(seconds * _SECOND_MS)}ms"
    minutes, rest = divmod(round(seconds), int(_MINUTE))
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
