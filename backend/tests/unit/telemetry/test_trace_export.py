"""Sending traces: off without a trace of it, refused where it cannot work, and bounded where nobody takes them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
from backend.tests.trace_receiver import Receiver, receiving
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from structlog.testing import capture_logs

from accessa.domain.errors import UsageError
from accessa.telemetry import traces
from accessa.telemetry.trace_export import begin_traces, end_traces
from accessa.telemetry.trace_queue import SpanQueue, exporter_to

HERE = "http://127.0.0.1:4318"


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    """Whatever a test begins has ended after it."""
    yield
    end_traces()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of traces."""
    with receiving() as opened:
        yield opened


def begin(endpoint: str = HERE, *, headers: str = "", sample_ratio: float = 1.0) -> None:
    """Begin traces as a process does."""
    begin_traces(endpoint, headers=headers, sample_ratio=sample_ratio, service="a-service", environment="local")


@pytest.mark.parametrize("module", ["accessa.apps.worker.main", "accessa.apps.api.main", "accessa.apps.storage.main"])
def test_a_process_without_traces_knows_nothing_of_opentelemetry(module: str) -> None:
    """Nothing that records or sends is imported while TRACES_ENDPOINT is empty; libraries may have the rest."""
    code = (
        f"import sys, {module}; from accessa.settings import load_settings; "
        "from accessa.pipeline.tracing import begin_traces; begin_traces(load_settings(), 'a-service'); "
        "ours = ('opentelemetry.sdk', 'opentelemetry.exporter', 'opentelemetry.proto', 'requests', 'google'); "
        "print([name for name in sys.modules if name.startswith(ours)])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == found.stdout.strip()


@pytest.mark.parametrize(("endpoint", "sample_ratio"), [("", 1.0), (HERE, 0.0)])
def test_no_receiver_or_no_document_is_off(endpoint: str, sample_ratio: float) -> None:
    """Traces are off without an address, and when the part of documents to trace is none."""
    begin(endpoint, sample_ratio=sample_ratio)

    assert not traces.is_on()


@pytest.mark.parametrize(
    "endpoint",
    [
        "127.0.0.1:4318",
        "grpc://127.0.0.1:4317",
        "http://",
        "http://user:sentinel@host",
        "http://host?key=1",
        "http://h:x",
    ],
)
def test_an_address_that_cannot_be_used_stops_the_start(endpoint: str) -> None:
    """The sentence names the setting and its form, and repeats nothing of what was given."""
    with pytest.raises(UsageError, match=r"TRACES_ENDPOINT must be .* as http://127\.0\.0\.1:4318") as refused:
        begin(endpoint)

    assert "SETTINGS_INVALID" == refused.value.code
    assert "sentinel" not in refused.value.message


@pytest.mark.parametrize("headers", ["a-secret", "=a-secret", "name=a-sécret", "name=a\nsecret"])
def test_headers_of_another_form_stop_the_start(headers: str) -> None:
    """A header without its name is refused, without being told."""
    with pytest.raises(UsageError, match="TRACES_HEADERS must be of the form") as refused:
        begin(headers=headers)

    assert "secret" not in refused.value.message


def test_secrets_do_not_travel_in_plain() -> None:
    """Headers are refused where the receiver is on another machine and the way to it is not encrypted."""
    with pytest.raises(UsageError, match="TRACES_ENDPOINT must be https"):
        begin("http://collector.example", headers="x-key=a-secret")


def test_missing_packages_stop_the_start_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets TRACES_ENDPOINT without the extra is told what to install."""

    class NoSdk(MetaPathFinder):
        def find_spec(self, fullname: str, _path: Any, _target: ModuleType | None = None) -> ModuleSpec | None:
            if fullname.startswith("opentelemetry.sdk"):
                raise ModuleNotFoundError(name=fullname)
            return None

    for name in [name for name in sys.modules if name.startswith("opentelemetry.sdk")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoSdk(), *sys.meta_path])

    with pytest.raises(UsageError, match=r"pip install 'accessa\[traces\]'"):
        begin()


def test_spans_arrive_with_the_headers_and_who_sent_them(receiver: Receiver) -> None:
    """What is left is sent at the end, to the path of OTLP, with our headers and the service's name."""
    begin(receiver.address, headers="x-key=a-secret, x-team = ours")
    with traces.root_span("a trace"):
        pass
    end_traces()
    [span] = receiver.spans

    assert ("a trace", "a-service", "local") == (span.name, span.service, span.about["deployment.environment.name"])
    assert ("a-secret", "ours") == (receiver.headers[0]["x-key"], receiver.headers[0]["x-team"])


def test_a_receiver_that_refuses_is_told_once_and_its_return_too(receiver: Receiver) -> None:
    """Lost spans are counted; the log says when the loss begins and when it ends."""
    queue = SpanQueue(exporter_to(receiver.address, {}))
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(queue)
    tracer = provider.get_tracer("test")
    with capture_logs() as lines:
        for receiver.status in (400, 400, 200):
            tracer.start_span("one").end()
            provider.force_flush()
    provider.shutdown()

    assert ["are lost" in line["event"] for line in lines] == [True, False]
    assert (2, 2, 1) == (queue.dropped, lines[1]["spans_lost"], len(receiver.spans))


class Stuck(SpanExporter):
    """A receiver that takes a request and does not answer before it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.took = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Wait."""
        self.go_on.wait()
        self.took += len(spans)
        return SpanExportResult.SUCCESS


def test_the_queue_is_bounded() -> None:
    """While the receiver is stuck, no more spans are kept than the queue holds; the rest is dropped and counted."""
    stuck = Stuck()
    queue = SpanQueue(stuck, most_waiting=3)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(queue)
    tracer = provider.get_tracer("test")
    for _ in range(10):
        tracer.start_span("one").end()
    stuck.go_on.set()
    provider.shutdown()

    assert (7, 3) == (queue.dropped, stuck.took)
