"""The line that tells of a call to the storage: of its method and end, never of its address, which may be signed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from accessa.domain.errors import AccessaError
from accessa.telemetry.logs import get_logger

_SERVER_ERROR = 500
log = get_logger(__name__)


@dataclass(slots=True)
class ToldCall:
    """One call; `status` is that of its answer, None while there is none."""

    status: int | None = None


@contextmanager
def told_of_storage(method: str) -> Iterator[ToldCall]:
    """Log the call that the block makes: at INFO when the storage is at fault, else at DEBUG."""
    told, started = ToldCall(), time.monotonic()
    try:
        yield told
    except (AccessaError, httpx.HTTPError):
        _log_end(method, told.status, time.monotonic() - started)
        raise
    _log_end(method, told.status, time.monotonic() - started)


def _log_end(method: str, status: int | None, seconds: float) -> None:
    if status is None or status >= _SERVER_ERROR:
        log.info("Storage call failed", method=method, status=status, duration_seconds=round(seconds, 4))
    else:
        log.debug("Storage was called", method=method, status=status, duration_seconds=round(seconds, 4))
