"""Traces of documents: what a document met, across processes, as spans of OpenTelemetry.

Off until `trace_export.begin_traces` is called: until then nothing of OpenTelemetry is imported, and every function
here ends at its first line. A stored or sent context is a W3C `traceparent`; only what is recorded has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Kind = Literal["internal", "server", "client", "consumer"]
Value = str | int | float | bool

_TRACE_ID = slice(3, 35)


class Span(Protocol):
    """One span under way; what it is told must be ids, counts, codes and names of ours, never text or an address."""

    def note(self, **attributes: Value) -> None:
        """Add attributes, under `accessa.` and their name."""

    def fail(self, code: str) -> None:
        """Mark it as failed, with a stable code."""

    def rename(self, name: str) -> None:
        """Give it the name that is known by now."""


class Recorder(Protocol):
    """What records spans once traces are on."""

    def under_current(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        """Open a span under the current one."""

    def under(
        self, context: str | None, name: str, kind: Kind, attributes: Mapping[str, Value]
    ) -> AbstractContextManager[Span]:
        """Open a span under a stored context."""

    def at_root(
        self, name: str, kind: Kind, attributes: Mapping[str, Value], links: Iterable[str | None]
    ) -> AbstractContextManager[Span]:
        """Open the first span of a new trace."""

    def under_current_or_root(self, name: str) -> AbstractContextManager[Span]:
        """Open a span under the current one, or the first of a new trace where there is no other."""

    def shared(self, name: str, spans: Sequence[Span], attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        """Open a span for work that serves several others."""

    def add_link(self, context: str) -> None:
        """Link the current span to a stored context."""

    def note_on_current(self, attributes: Mapping[str, Value]) -> None:
        """Add attributes to the current span."""

    def add_ended(self, name: str, seconds: float, error: str | None, attributes: Mapping[str, Value]) -> None:
        """Add a call that has just ended under the current span."""

    def current(self) -> str | None:
        """Return the current span's context."""


class _NoSpan:
    """What stands for a span while there is none."""

    def note(self, **attributes: Value) -> None:
        """Take no note."""

    def fail(self, code: str) -> None:
        """Take no note."""

    def rename(self, name: str) -> None:
        """Take no note."""


NO_SPAN: Span = _NoSpan()
_NOTHING: AbstractContextManager[Span] = nullcontext(NO_SPAN)
_recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """Record every span of this process from now on with `recorder`; None turns traces off."""
    global _recorder  # noqa: PLW0603 - a process has one, as it has one log
    _recorder = recorder


def is_on() -> bool:
    """Tell whether this process records traces."""
    return _recorder is not None


def span(name: str, *, kind: Kind = "internal", **attributes: Value) -> AbstractContextManager[Span]:
    """Open a span under the current one while the block lasts; without one that is recorded, nothing happens."""
    return _NOTHING if _recorder is None else _recorder.under_current(name, kind, attributes)


def span_under(
    context: str | None, name: str, *, kind: Kind = "internal", **attributes: Value
) -> AbstractContextManager[Span]:
    """Open a span under a stored context; without one nothing in the block is recorded."""
    return _NOTHING if _recorder is None else _recorder.under(context, name, kind, attributes)


def root_span(
    name: str, *, kind: Kind = "internal", links: Iterable[str | None] = (), **attributes: Value
) -> AbstractContextManager[Span]:
    """Begin a trace that is linked to others; whether it is recorded is drawn by TRACES_SAMPLE_RATIO."""
    return _NOTHING if _recorder is None else _recorder.at_root(name, kind, attributes, links)


def span_or_root(name: str) -> AbstractContextManager[Span]:
    """Open a span under the current one; where no request has drawn lots yet, begin a trace."""
    return _NOTHING if _recorder is None else _recorder.under_current_or_root(name)


def shared_span(name: str, spans: Sequence[Span], **attributes: Value) -> AbstractContextManager[Span]:
    """Open one span for work that serves many: under the first of their spans, and linked with the others both ways.

    The work may have been begun by anybody's task; when none of the spans is recorded, nothing in the block is.
    """
    return _NOTHING if _recorder is None else _recorder.shared(name, spans, attributes)


def link(context: str | None) -> None:
    """Link the current span to a stored context."""
    if _recorder is not None and context is not None:
        _recorder.add_link(context)


def note(**attributes: Value) -> None:
    """Add attributes to the current span."""
    if _recorder is not None:
        _recorder.note_on_current(attributes)


def ended_call(name: str, seconds: float, *, error: str | None, **attributes: Value) -> None:
    """Add a call to another service that has just ended, after so many seconds, under the current span."""
    if _recorder is not None:
        _recorder.add_ended(name, seconds, error, attributes)


def current_context() -> str | None:
    """Return the current span's context, to be stored or sent; None when nothing is recorded."""
    return None if _recorder is None else _recorder.current()


def outgoing_headers() -> dict[str, str]:
    """Return the header by which a call tells its receiver whose trace it belongs to; none when nothing is recorded."""
    context = current_context()
    return {} if context is None else {"traceparent": context}


def log_fields(context: str | None) -> dict[str, str]:
    """Return what lines of the log carry about a trace: nothing while traces are off."""
    return {} if _recorder is None or context is None else {"trace_id": context[_TRACE_ID]}
