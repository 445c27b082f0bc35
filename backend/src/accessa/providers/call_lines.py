"""The one line that each call to a provider or to the storage leaves; never its address, which may be signed.

Checks and sweeps ask all day: what goes well is told at INFO where a document is served, and else at DEBUG. A call that
is paid for, that fails or that is slow is always told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from accessa.domain.errors import AccessaError
from accessa.providers.call_metrics import CUT_SHORT, outcome_of
from accessa.telemetry.log_context import present
from accessa.telemetry.logs import get_logger

SLOW_SECONDS = 5.0
_FIRST_ERROR, _SERVER_ERROR = 400, 500
_ON_BUCKETS = {"GET": "show", "POST": "create"}
_ON_OBJECTS = {"GET": "download", "POST": "upload", "DELETE": "delete"}
# What a path below `object` begins with when it names no bucket.
_BESIDE_OBJECTS = {"info": "info", "list-v2": "list", "sign": "sign", "upload": "sign_upload"}
log = get_logger(__name__)


@dataclass(slots=True)
class ToldCall:
    """One call: how it ended, and what its answer told; `request_id` is the other side's own name of it."""

    operation: str
    status: int | None = None
    request_id: str | None = None
    outcome: str = CUT_SHORT
    code: str | None = None
    seconds: float = 0.0

    def take(self, response: httpx.Response) -> None:
        """Note what its answer tells."""
        self.status, self.request_id = response.status_code, response.headers.get("x-request-id")

    @property
    def is_worth_a_line(self) -> bool:
        """Tell whether somebody will ask for it although it went well: it served a document, or it was slow."""
        return present("document_id") is not None or self.seconds >= SLOW_SECONDS


@contextmanager
def told_of_provider(provider: str, operation: str, *, paid: bool) -> Iterator[ToldCall]:
    """Log the call that the block makes, which ends well, or by an error of our tree."""
    call, started = ToldCall(operation), time.monotonic()
    try:
        yield call
        call.outcome = "ok"
    except AccessaError as error:
        call.outcome, call.code, call.status = outcome_of(error), error.code, error.provider_status
        raise
    finally:
        call.seconds = round(time.monotonic() - started, 4)
        _tell_provider(call, provider, paid=paid)


@contextmanager
def told_of_storage(method: str, url: str) -> Iterator[ToldCall]:
    """Log the call that the block makes to `url`, which begins below the storage's own address."""
    call, started = ToldCall(operation_on_storage(method, url)), time.monotonic()
    try:
        yield call
        call.outcome = "ok"
    except AccessaError as error:
        call.outcome, call.code = "error" if call.status else "unreachable", error.code
        raise
    except httpx.HTTPError:
        call.outcome = "unreachable"
        raise
    finally:
        call.seconds = round(time.monotonic() - started, 4)
        _tell_storage(call)


def operation_on_storage(method: str, url: str) -> str:
    """Return what a call asks of the storage, as `object.download`, without the names in its address."""
    kind, _, rest = url.partition("/")
    if kind == "bucket":
        return "bucket.empty" if rest.endswith("/empty") else f"bucket.{_ON_BUCKETS.get(method, 'show')}"
    return f"object.{_BESIDE_OBJECTS.get(rest.partition('/')[0]) or _ON_OBJECTS[method]}"


def _tell_provider(call: ToldCall, provider: str, *, paid: bool) -> None:
    told = log.bind(provider=provider, operation=call.operation, status=call.status, duration_seconds=call.seconds)
    if call.outcome != "ok":
        told.info("Provider call failed", outcome=call.outcome, code=call.code)
    elif paid:
        told.info("Provider call ended", request_id=call.request_id)
    elif call.is_worth_a_line:
        told.info("Provider was asked", request_id=call.request_id)
    else:
        told.debug("Provider answered a check", request_id=call.request_id)


def _tell_storage(call: ToldCall) -> None:
    """Tell it; an answer that refuses, as that there is no such object, is an answer."""
    told = log.bind(operation=call.operation, status=call.status, duration_seconds=call.seconds)
    is_refused = call.status is not None and _FIRST_ERROR <= call.status < _SERVER_ERROR
    is_answered = is_refused or (call.outcome == "ok" and call.status is not None and call.status < _SERVER_ERROR)
    if not is_answered:
        told.info("Storage call failed", outcome="error" if call.outcome == "ok" else call.outcome, code=call.code)
    elif call.is_worth_a_line:
        told.info("Storage was called")
    else:
        told.debug("Storage answered a check")
