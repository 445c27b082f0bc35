"""Records spans with OpenTelemetry; imported only when traces are on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer

from accessa.telemetry.traces import NO_SPAN, Kind, Span, Value

_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
# Names of OpenTelemetry's own conventions go out as they are; all others are ours.
_CONVENTIONS = {
    "http_method": "http.request.method",
    "http_route": "http.route",
    "http_status": "http.response.status_code",
    "server_address": "server.address",
    "url_template": "url.template",
    "db_statement_name": "db.query.summary",
    "db_system": "db.system.name",
}
_PARTS, _TRACE_DIGITS, _SPAN_DIGITS = 4, 32, 16
_OURS_BY_DESIGN = (asyncio.CancelledError, GeneratorExit)


def read_context(traceparent: str | None) -> SpanContext | None:
    """Return what a W3C `traceparent` names; None for none, and for what is none."""
    parts = (traceparent or "").strip().split("-")
    if len(parts) < _PARTS or (len(parts[1]), len(parts[2])) != (_TRACE_DIGITS, _SPAN_DIGITS):
        return None
    try:
        trace_id, span_id, flags = int(parts[1], 16), int(parts[2], 16), int(parts[3], 16)
    except ValueError:
        return None
    found = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & TraceFlags.SAMPLED))
    return found if found.is_valid else None


def written_context(found: SpanContext) -> str:
    """Return a context as a W3C `traceparent`."""
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


class _Recorded:
    """A span under way."""

    __slots__ = ("otel",)

    def __init__(self, otel: trace.Span) -> None:
        self.otel = otel

    def note(self, **attributes: Value) -> None:
        """Add attributes, under `accessa.` and their name."""
        self.otel.set_attributes(_named(attributes))

    def fail(self, code: str) -> None:
        """Mark it as failed, with a stable code; no words, as they may quote what was worked on."""
        self.otel.set_attribute("error.type", code)
        self.otel.set_status(Status(StatusCode.ERROR))

    def rename(self, name: str) -> None:
        """Give it the name that is known by now."""
        self.otel.update_name(name)


class OpenTelemetryRecorder:
    """Records the spans of one process."""

    def __init__(self, tracer: Tracer) -> None:
        """Take what makes spans."""
        self._tracer = tracer

    @contextmanager
    def under_current(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[Span]:
        """Open a span under the current one; none where that is not recorded."""
        if not trace.get_current_span().is_recording():
            yield NO_SPAN
            return
        with self._open(name, kind, attributes, contexts.get_current()) as opened:
            yield opened

    @contextmanager
    def under(self, context: str | None, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[Span]:
        """Open a span under a stored context; without one, nothing is recorded in the block."""
        parent = read_context(context)
        if parent is None:
            with _outside():
                yield NO_SPAN
            return
        with self._open(name, kind, attributes, trace.set_span_in_context(NonRecordingSpan(parent))) as opened:
            yield opened

    @contextmanager
    def at_root(
        self, name: str, kind: Kind, attributes: Mapping[str, Value], links: Iterable[str | None]
    ) -> Iterator[Span]:
        """Open the first span of a new trace."""
        found = [linked for context in links if (linked := read_context(context)) is not None]
        with self._open(name, kind, attributes, contexts.Context(), found) as opened:
            yield opened

    def under_current_or_root(self, name: str) -> AbstractContextManager[Span]:
        """Open a span under the current one, or the first of a new trace where there is no other, recorded or not."""
        if trace.get_current_span().get_span_context().is_valid:
            return self.under_current(name, "internal", {})
        return self.at_root(name, "internal", {}, ())

    @contextmanager
    def shared(self, name: str, spans: Sequence[Span], attributes: Mapping[str, Value]) -> Iterator[Span]:
        """Open a span under the first of those that are recorded, linked with the others both ways."""
        recorded = [one.otel for one in spans if isinstance(one, _Recorded) and one.otel.is_recording()]
        if not recorded:
            with _outside():
                yield NO_SPAN
            return
        first, *others = recorded
        links = [one.get_span_context() for one in others]
        with self._open(name, "internal", attributes, trace.set_span_in_context(first), links) as opened:
            for one in others:
                one.add_link(opened.otel.get_span_context())
            yield opened

    def add_link(self, context: str) -> None:
        """Link the current span to a stored context."""
        linked = read_context(context)
        if linked is not None:
            trace.get_current_span().add_link(linked)

    def note_on_current(self, attributes: Mapping[str, Value]) -> None:
        """Add attributes to the current span."""
        trace.get_current_span().set_attributes(_named(attributes))

    def add_ended(self, name: str, seconds: float, error: str | None, attributes: Mapping[str, Value]) -> None:
        """Add a call that has just ended under the current span."""
        if not trace.get_current_span().is_recording():
            return
        ended = time.time_ns()
        span = self._tracer.start_span(
            name, kind=SpanKind.CLIENT, attributes=_named(attributes), start_time=ended - int(seconds * 1e9)
        )
        if error is not None:
            _Recorded(span).fail(error)
        span.end(ended)

    def current(self) -> str | None:
        """Return the current span's context, if it is recorded."""
        span = trace.get_current_span()
        return written_context(span.get_span_context()) if span.is_recording() else None

    @contextmanager
    def _open(
        self,
        name: str,
        kind: Kind,
        attributes: Mapping[str, Value],
        parent: contexts.Context,
        links: Sequence[SpanContext] = (),
    ) -> Iterator[_Recorded]:
        span = self._tracer.start_span(
            name, parent, _KINDS[kind], _named(attributes), [Link(linked) for linked in links] or None
        )
        token = contexts.attach(trace.set_span_in_context(span, parent))
        opened = _Recorded(span)
        try:
            yield opened
        except BaseException as error:
            if not isinstance(error, _OURS_BY_DESIGN):
                opened.fail(str(getattr(error, "code", type(error).__name__)))
                if status := getattr(error, "provider_status", None):
                    opened.note(http_status=status)
            raise
        finally:
            contexts.detach(token)
            span.end()


@contextmanager
def _outside() -> Iterator[None]:
    """Leave whatever span the task was begun in: what is done here is not its work."""
    token = contexts.attach(contexts.Context())
    try:
        yield
    finally:
        contexts.detach(token)


def _named(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {_CONVENTIONS.get(name, f"accessa.{name}"): value for name, value in attributes.items()}
