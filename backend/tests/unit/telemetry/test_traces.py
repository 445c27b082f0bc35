"""Spans: whose they are, and what becomes of work that nobody traces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from accessa.domain.errors import TransientError
from accessa.telemetry import traces
from accessa.telemetry.trace_recorder import OpenTelemetryRecorder

CONTEXT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_RECORDED = f"{CONTEXT[:-1]}0"


@pytest.fixture
def ended() -> Iterator[InMemorySpanExporter]:
    """Spans that have ended, while traces are on."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.record_with(OpenTelemetryRecorder(provider.get_tracer("test")))
    yield exporter
    traces.record_with(None)


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """Return the spans that have ended."""
    return {span.name: span for span in exporter.get_finished_spans()}


def trace_of(span: ReadableSpan) -> int:
    """Return the id of a span's trace."""
    assert span.context is not None
    return int(span.context.trace_id)


def test_without_a_recorder_nothing_happens() -> None:
    """While traces are off, no block costs or leaves anything, and no call carries a header."""
    with traces.root_span("a"), traces.span_under(CONTEXT, "b") as span:
        span.note(jobs=1)
        span.fail("INTERNAL")
        span.rename("c")
        traces.note(jobs=1)
        traces.link(CONTEXT)

        assert (None, {}, {}) == (traces.current_context(), traces.outgoing_headers(), traces.log_fields(CONTEXT))


@pytest.mark.parametrize(
    "context", [None, "", "nonsense", NOT_RECORDED, "00-zz-11-01", f"00-{'0' * 32}-{'0' * 16}-01", "00-1-2-01"]
)
def test_work_without_a_recorded_context_leaves_nothing(ended: InMemorySpanExporter, context: str | None) -> None:
    """A job whose trace is not recorded, or has none, is not traced, whatever span its task was begun in."""
    with traces.root_span("somebody else's"), traces.span_under(context, "work"):
        with traces.span("statement"):
            traces.ended_call("call", 0.1, error=None)

        assert {} == traces.outgoing_headers()
    assert ["somebody else's"] == list(by_name(ended))


def test_a_stored_context_is_gone_on_with(ended: InMemorySpanExporter) -> None:
    """Work under a stored context is in its trace, and so is what the work calls."""
    with traces.span_under(CONTEXT, "work"):
        headers = traces.outgoing_headers()
        traces.ended_call("call", 0.5, error="Trouble")
    work, call = by_name(ended)["work"], by_name(ended)["call"]

    assert work.parent is not None
    assert CONTEXT[3:52] == f"{trace_of(work):032x}-{work.parent.span_id:016x}"
    assert headers["traceparent"].startswith(CONTEXT[:36])
    assert {"trace_id": CONTEXT[3:35]} == traces.log_fields(CONTEXT)
    assert not call.status.is_ok
    assert 0.5 == round(((call.end_time or 0) - (call.start_time or 0)) / 1e9, 3)


def test_an_error_leaves_its_code_and_none_of_its_words(ended: InMemorySpanExporter) -> None:
    """A failed span has the stable code and the provider's status; what was said stays out of it."""
    error = TransientError("INTERNAL", "words of a document", provider_status=502)
    with pytest.raises(TransientError), traces.span_under(CONTEXT, "work"):
        raise error
    work = by_name(ended)["work"]

    assert not work.status.is_ok
    assert "words" not in work.to_json()
    assert {"error.type": "INTERNAL", "http.response.status_code": 502} == dict(work.attributes or {})


def test_work_that_is_called_off_has_not_failed(ended: InMemorySpanExporter) -> None:
    """A worker that stops hands its jobs back, which is no error."""
    with pytest.raises(asyncio.CancelledError), traces.span_under(CONTEXT, "work"):
        raise asyncio.CancelledError

    assert {} == dict(by_name(ended)["work"].attributes or {})


def test_shared_work_is_a_link_away_from_all_whom_it_serves(ended: InMemorySpanExporter) -> None:
    """It is under the first that is recorded; the others are linked with it both ways."""
    with (
        traces.span_under(None, "nobody's") as nobody,
        traces.root_span("first") as first,
        traces.root_span("second") as second,
        traces.shared_span("shared", [nobody, first, second]),
    ):
        pass
    spans = by_name(ended)

    assert trace_of(spans["first"]) == trace_of(spans["shared"])
    assert [trace_of(spans["second"])] == [link.context.trace_id for link in spans["shared"].links]
    assert [trace_of(spans["first"])] == [link.context.trace_id for link in spans["second"].links]


def test_shared_work_of_untraced_jobs_leaves_nothing(ended: InMemorySpanExporter) -> None:
    """Whoever's task it was begun in, it is not that one's work."""
    with traces.root_span("begun by"), traces.shared_span("shared", [traces.NO_SPAN]), traces.span("statement"):
        pass

    assert ["begun by"] == list(by_name(ended))


def test_lots_are_drawn_once(ended: InMemorySpanExporter) -> None:
    """Below a request whose trace is not recorded no other trace begins; where there is no request, one does."""
    with traces.span_under(NOT_RECORDED, "request"), traces.span_or_root("queue upload"):
        pass
    with traces.span_or_root("found by a worker"):
        pass

    assert ["found by a worker"] == list(by_name(ended))
