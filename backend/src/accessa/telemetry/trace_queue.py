"""The bounded queue of spans on their way to the receiver; imported only when traces are on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from accessa.domain.addresses import is_loopback
from accessa.telemetry.logs import get_logger

_PATH = "v1/traces"
_MOST_WAITING = 8192
_MOST_IN_REQUEST = 1024
_PAUSE_MILLIS = 1000
_REQUEST_SECONDS = 5.0
log = get_logger(__name__)


def exporter_to(endpoint: str, headers: Mapping[str, str]) -> SpanExporter:
    """Return what sends spans to the OTLP/HTTP receiver whose base address is `endpoint`."""
    session = requests.Session()
    # A proxy of the environment serves the outside world, never a receiver of this machine.
    session.trust_env = not is_loopback(endpoint)
    return OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/{_PATH}", headers=dict(headers), timeout=_REQUEST_SECONDS, session=session
    )


class SpanQueue(SpanProcessor):
    """Hands ended spans to a thread that sends them; what finds no room or no receiver is dropped, and told once."""

    def __init__(self, exporter: SpanExporter, most_waiting: int = _MOST_WAITING) -> None:
        """Take what sends; the thread starts at once."""
        self._most_waiting = most_waiting
        self._waiting = 0
        self._lock = threading.Lock()
        self._losing = False
        self.dropped = 0
        """Spans lost so far."""
        self._batches = BatchSpanProcessor(
            _Counted(exporter, self._sent),
            max_queue_size=most_waiting,
            schedule_delay_millis=_PAUSE_MILLIS,
            max_export_batch_size=min(_MOST_IN_REQUEST, most_waiting),
        )

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing: only what has ended is sent."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span, or drop it when the queue is full."""
        with self._lock:
            is_full = self._waiting >= self._most_waiting
            self._waiting += not is_full
        if is_full:
            self._lost(1)
        else:
            self._batches.on_end(span)

    def shutdown(self) -> None:
        """Send what waits."""
        self._batches.shutdown()  # type: ignore[no-untyped-call]
        if lost := self.dropped + self._waiting:
            log.warning("Spans of traces were lost", spans_lost=lost)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits; True when that was tried."""
        return self._batches.force_flush(timeout_millis)

    def _sent(self, spans: int, *, arrived: bool) -> None:
        with self._lock:
            self._waiting -= spans
        if not arrived:
            self._lost(spans)
        elif self._losing:
            self._losing = False
            log.info("The receiver of traces takes spans again", spans_lost=self.dropped)

    def _lost(self, spans: int) -> None:
        with self._lock:
            self.dropped += spans
            told, self._losing = self._losing, True
        if not told:
            log.warning("Spans of traces are lost: the receiver at TRACES_ENDPOINT does not take them")


class _Told(Protocol):
    def __call__(self, spans: int, *, arrived: bool) -> None: ...


class _Counted(SpanExporter):
    """Sends spans and tells how it went."""

    def __init__(self, exporter: SpanExporter, sent: _Told) -> None:
        self._exporter = exporter
        self._told = sent

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans in one request."""
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self._told(len(spans), arrived=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """Give up what is on its way."""
        self._exporter.shutdown()
