"""Who the present work is for: on every line that it logs, and in a header of every call that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

CORRELATION_HEADER = "X-Correlation-Id"
CALL_HEADER = "X-Client-Request-Id"

_fields: ContextVar[dict[str, object] | None] = ContextVar("log_fields", default=None)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Put `fields` on every line of the block, beside those that are bound around it."""
    with bound_anew({**(_fields.get() or {}), **fields}):
        yield


@contextmanager
def bound_anew(fields: Mapping[str, object]) -> Iterator[None]:
    """Put these fields on every line of the block and of the tasks it starts, and none of those bound around it."""
    token = _fields.set(dict(fields))
    try:
        yield
    finally:
        _fields.reset(token)


def note(**fields: object) -> None:
    """Add to what the innermost block has bound, for its lines to come; outside of any it is forgotten."""
    present = _fields.get()
    if present is not None:
        present.update(fields)


def present(name: str) -> object | None:
    """Return what is bound under `name`, or None."""
    return (_fields.get() or {}).get(name)


def present_correlation_id() -> UUID | None:
    """Return the correlation id of the present work, or None where there is none."""
    return read_correlation_id(present("correlation_id"))


def read_correlation_id(text: object) -> UUID | None:
    """Return the id that a header holds; None for whatever is no UUID."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def outgoing_headers() -> dict[str, str]:
    """Return the headers that tell a service we call for whom it works: none outside of any work."""
    fields = _fields.get() or {}
    told = ((CORRELATION_HEADER, fields.get("correlation_id")), (CALL_HEADER, fields.get("call_id")))
    return {header: str(value) for header, value in told if value}


def merge_bound(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Add the bound fields to an event; what the event says itself goes before."""
    fields = _fields.get()
    return {**fields, **event} if fields else event
