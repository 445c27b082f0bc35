"""Rate limits of a provider, as its answers tell them and as all processes share them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests and tokens in a minute, and how many of them are left; None where the provider says nothing."""

    requests_per_minute: float | None = None
    requests_left: float | None = None
    tokens_per_minute: float | None = None
    tokens_left: float | None = None
