"""Counts and times the calls to a provider, by what they ask for and how they end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from accessa.domain.errors import AccessaError
from accessa.telemetry.metrics import PROVIDER_ERRORS, PROVIDER_SECONDS

CUT_SHORT = "cut_short"
_LIMITED, _BROKEN = 429, 500
# The names of the HTTP library's errors, which a client keeps as the provider's words.
_TOO_SLOW = {"ReadTimeout", "WriteTimeout", "PoolTimeout"}


@contextmanager
def measured(provider: str, operation: str) -> Iterator[None]:
    """Time the call that the block makes; it ends well, or by an error of our tree."""
    started, outcome = time.perf_counter(), CUT_SHORT
    try:
        yield
        outcome = "ok"
    except AccessaError as error:
        outcome = outcome_of(error)
        PROVIDER_ERRORS.labels(provider, error.code).inc()
        raise
    finally:
        seconds = time.perf_counter() - started
        PROVIDER_SECONDS.labels(provider, operation, outcome).observe(seconds)


def outcome_of(error: AccessaError) -> str:
    """Return by which word metrics and logs tell such an end."""
    status = error.provider_status
    if status is None:
        return "timeout" if error.provider_body in _TOO_SLOW else "unreachable"
    if status == _LIMITED:
        return "limited"
    return "error" if status >= _BROKEN else "refused"
