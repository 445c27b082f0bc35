"""The simulators as processes over HTTP: webhooks, restarts, real documents, vectors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import queue
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import docx
import numpy as np
import pytest
from backend.tests.integration.simulator_processes import DEADLINE, Running, Start, as_new, starting_in
from reportlab.pdfgen import canvas

SECRET = "hook-secret"
SMALL = "text-embedding-3-small"
INITIAL_EVENTS = ["parse.pending", "parse.running"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start simulators on free ports; the same folder each time, and settings as environment variables."""
    with starting_in(tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """Simulators for tests that do not end them: one that makes its pages up, one that reads files, and vectors."""
    with (
        starting_in(tmp_path_factory.mktemp("parser")) as run,
        starting_in(tmp_path_factory.mktemp("reader")) as read,
    ):
        yield {
            "parser": run("llamaparse", MOCK_LLAMAPARSE_WEBHOOK_RETRY_WAITS="[0.01, 0.02]"),
            "reader": read(
                "llamaparse",
                MOCK_LLAMAPARSE_MODE="document",
                MOCK_LLAMAPARSE_RANGE_PAGES="50",
                MOCK_LLAMAPARSE_CHILDREN="1",
            ),
            "model": run("openai"),
        }


@pytest.fixture
def parser(shared: dict[str, Running]) -> Running:
    """A parse simulator that makes its pages up, as after its start; it soon repeats a webhook that was refused."""
    return as_new(shared["parser"])


@pytest.fixture
def reader(shared: dict[str, Running]) -> Running:
    """A parse simulator that reads files with a single child, fifty pages at a time, as after its start."""
    return as_new(shared["reader"])


@pytest.fixture
def model(shared: dict[str, Running]) -> Running:
    """An embedding simulator, as after its start."""
    return as_new(shared["model"])


@dataclass
class Hook:
    """A webhook receiver: what came in, and the statuses that it answers with (200 when there is none)."""

    url: str = ""
    calls: queue.Queue[tuple[dict[str, str], bytes]] = field(default_factory=queue.Queue)
    statuses: queue.Queue[int] = field(default_factory=queue.Queue)

    def next(self) -> tuple[dict[str, str], Any]:
        """Wait for a call and return its headers and its decoded body."""
        headers, body = self.calls.get(timeout=DEADLINE)
        return headers, json.loads(body)

    def types(self, count: int) -> list[str]:
        """Wait for so many calls and return their event types."""
        return [self.next()[1]["event_type"] for _ in range(count)]


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Receive webhooks on a free port."""
    received = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.calls.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200 if received.statuses.empty() else received.statuses.get_nowait())
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it so
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def submit(parser: Running, content: bytes = b"text", external_id: str = "doc-1", **options: Any) -> str:
    """Upload a file, submit a job, and return its id."""
    form = {"purpose": "parse", "external_file_id": external_id}
    stored = parser.http.post("/api/v1/beta/files", data=form, files={"file": ("a.pdf", content)})
    body = {"file_id": stored.raise_for_status().json()["id"], "tier": "agentic", "version": "latest", **options}
    return str(parser.http.post("/api/v2/parse", json=body).raise_for_status().json()["id"])


def finished(parser: Running, job_id: str) -> dict[str, Any]:
    """Wait until a job is terminal; return its wrapped view with Markdown."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        job = parser.http.get(f"/api/v2/parse/{job_id}").json()["job"]
        if job["status"] not in {"PENDING", "RUNNING"}:
            return dict(parser.http.get(f"/api/v2/parse/{job_id}?expand=markdown").json())
    raise AssertionError(f"job {job_id} is still {job['status']}")


def pages_of(result: dict[str, Any]) -> list[str]:
    """Return the Markdown of each page."""
    return [page["markdown"] for page in result["markdown"]["pages"]]


def webhook(hook: Hook, **options: Any) -> list[dict[str, Any]]:
    """Return the webhook options of a job."""
    return [{"webhook_url": hook.url, "webhook_output_format": "json", **options}]


@pytest.mark.parametrize("name", ["llamaparse", "openai"])
def test_a_simulator_starts_answers_and_stops(start: Start, name: str) -> None:
    """Health answers, SIGTERM ends the process with code 0, and every line of its output is JSON."""
    running = start(name)
    health = running.http.get("/health")

    running.process.send_signal(signal.SIGTERM)

    assert (200, f"mock-{name}") == (health.status_code, health.json()["service"])
    assert 0 == running.process.wait(DEADLINE)
    assert all(json.loads(line)["service"] == f"mock-{name}" for line in running.lines)


def test_webhooks_come_in_order_and_signed(parser: Running, hook: Hook) -> None:
    """Each event has the four headers, our own one, and a signature over the raw body."""
    options = webhook(hook, webhook_signing_secret=SECRET, webhook_headers={"X-Own": "yes"})

    job_id = submit(parser, webhook_configurations=options)

    calls = [hook.calls.get(timeout=DEADLINE) for _ in range(3)]
    events = [json.loads(body) for _, body in calls]
    assert [*INITIAL_EVENTS, "parse.success"] == [event["event_type"] for event in events]
    assert all({"event_id", "event_type", "timestamp", "data"} == event.keys() for event in events)
    assert all(event["data"] == {"id": job_id, "job_id": job_id} for event in events)
    for (headers, body), event in zip(calls, events, strict=True):
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert ("application/json", "llamaindex-webhook-service/1.0", "yes", f"sha256={digest}") == tuple(
            headers[name] for name in ("content-type", "user-agent", "x-own", "lc-signature")
        )
        assert (event["event_id"], event["event_type"]) == (
            headers["x-webhook-event-id"],
            headers["x-webhook-event-type"],
        )


def test_the_string_format_and_chosen_events(parser: Running, hook: Hook) -> None:
    """By default the body is a JSON string that holds JSON; unwanted events and an unset secret send nothing."""
    options = [{"webhook_url": hook.url, "webhook_events": ["parse.success"]}]

    submit(parser, webhook_configurations=options)

    headers, body = hook.next()
    assert isinstance(body, str)
    assert "parse.success" == json.loads(body)["event_type"]
    assert "lc-signature" not in headers


def test_a_delivery_is_tried_three_times(parser: Running, hook: Hook) -> None:
    """A refused event is sent again under the same id; after three tries it is lost, and the next event follows."""
    for status in (500, 204, 503, 404, 302):
        hook.statuses.put(status)

    submit(parser, webhook_configurations=webhook(hook))

    events = [hook.next()[1] for _ in range(6)]
    assert ["parse.pending"] * 2 + ["parse.running"] * 3 + ["parse.success"] == [
        event["event_type"] for event in events
    ]
    assert 3 == len({event["event_id"] for event in events})


def test_webhook_faults(parser: Running, hook: Hook) -> None:
    """Events can be lost, doubled, or signed wrongly."""
    faults = [
        {"kind": "lost_webhook", "document": "parse.pending"},
        {"kind": "duplicate_webhook", "document": "parse.running"},
        {"kind": "wrong_signature", "document": "parse.success"},
    ]
    parser.http.patch("/_control", json={"faults": faults}).raise_for_status()

    submit(parser, webhook_configurations=webhook(hook, webhook_signing_secret=SECRET))

    assert ["parse.running", "parse.running"] == hook.types(2)
    headers, body = hook.calls.get(timeout=DEADLINE)
    assert f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}" != headers["lc-signature"]


def test_a_failed_job_tells_so(reader: Running, hook: Hook) -> None:
    """A broken PDF ends with `parse.error`."""
    job_id = submit(reader, b"%PDF-1.7 junk", webhook_configurations=webhook(hook))

    assert [*INITIAL_EVENTS, "parse.error"] == hook.types(3)
    assert finished(reader, job_id)["job"]["error_message"].startswith("PDF_IS_BROKEN: ")


def test_a_job_survives_the_death_of_the_process(start: Start, hook: Hook) -> None:
    """A job in flight is finished by the next process: told, billed once, and cached from then on."""
    first = start("llamaparse", MOCK_LLAMAPARSE_DELAY="600")
    job_id = submit(first, webhook_configurations=webhook(hook))
    events = [hook.next()[1] for _ in range(2)]

    first.kill()
    second = start("llamaparse")
    while events[-1]["event_type"] != "parse.success":
        events.append(hook.next()[1])

    # An event whose answer the dead process had not recorded comes again, under the same id.
    distinct = {event["event_id"]: event["event_type"] for event in events}
    assert [*INITIAL_EVENTS, "parse.success"] == list(distinct.values())
    assert "COMPLETED" == finished(second, job_id)["job"]["status"]
    again = finished(second, submit(second))
    assert "COMPLETED" == again["job"]["status"]
    assert (2, 0) == (second.bill()["units"], second.bill()["duplicate_units"])


def test_generated_content_outlives_everything(parser: Running) -> None:
    """The same document id gives the same pages after a reset."""
    before = pages_of(finished(parser, submit(parser)))

    parser.http.post("/_control/reset").raise_for_status()

    assert before == pages_of(finished(parser, submit(parser)))


def small_pdf(pages: int) -> bytes:
    """Return a PDF whose pages have a title and a paragraph."""
    target = io.BytesIO()
    sheet = canvas.Canvas(target)
    for number in range(1, pages + 1):
        sheet.setFont("Helvetica-Bold", 20)
        sheet.drawString(60, 780, f"Benefit {number}")
        sheet.setFont("Helvetica", 11)
        sheet.drawString(60, 740, f"Benefit number {number} pays at most {number * 7} dollars a year.")
        sheet.showPage()
    sheet.save()
    return target.getvalue()


def small_docx() -> bytes:
    """Return a DOCX with a heading."""
    document = docx.Document()
    document.add_heading("Appeals", 1)
    document.add_paragraph("An appeal must be filed within ninety days.")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_real_text_of_real_files(reader: Running) -> None:
    """PDF page by page, DOCX and HTML as one page: the text and headings of the file, and nothing of it in the logs."""
    pdf = pages_of(finished(reader, submit(reader, small_pdf(120))))
    word = pages_of(finished(reader, submit(reader, small_docx())))
    html = pages_of(
        finished(reader, submit(reader, b"<html><body><h2>Vision</h2><p>Lenses are paid.</p></body></html>"))
    )

    assert [f"# Benefit {n}\n\nBenefit number {n} pays at most {n * 7} dollars a year." for n in range(1, 121)] == pdf
    assert ["# Appeals\n\nAn appeal must be filed within ninety days."] == [page.strip() for page in word]
    assert ["## Vision\n\nLenses are paid."] == [page.strip() for page in html]
    assert not any("Benefit" in line or "ninety" in line or "a.pdf" in line for line in reader.lines)


def test_several_documents_wait_for_a_child(reader: Running) -> None:
    """More documents than children are all read, and health answers meanwhile."""
    jobs = [submit(reader, small_pdf(pages)) for pages in range(1, 6)]

    health = reader.http.get("/health").json()

    assert "ok" == health["status"]
    assert [1, 2, 3, 4, 5] == [len(pages_of(finished(reader, job))) for job in jobs]


def vectors(model: Running, texts: list[str]) -> Any:
    """Embed texts and return a matrix."""
    body = {"model": SMALL, "input": texts, "encoding_format": "base64"}
    data = model.http.post("/v1/embeddings", json=body).raise_for_status().json()["data"]
    return np.array([np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in data])


def test_a_search_for_words_of_a_passage_finds_it(parser: Running, model: Running) -> None:
    """Of sixty generated documents the right one ranks first for a sentence of it."""
    passages = [pages_of(finished(parser, submit(parser, external_id=f"doc-{n}")))[0] for n in range(60)]
    queries = [passage.split("\n\n")[-1].split(". ")[1] for passage in passages]

    found = (vectors(model, passages) @ vectors(model, queries).T).argmax(axis=0)

    assert list(range(60)) == found.tolist()


def test_vectors_and_bill_survive_a_crash(start: Start) -> None:
    """Another process gives the same bytes for the same text, and goes on with the same bill."""
    first = start("openai")
    before = vectors(first, ["some words", "other words"])

    first.kill()
    second = start("openai")

    assert np.array_equal(before, vectors(second, ["some words", "other words"]))
    assert (4, 2, 2) == tuple(second.bill()[name] for name in ("units", "distinct_units", "duplicate_units"))


def test_health_stays_quick_under_load(model: Running) -> None:
    """While large requests are encoded, health answers in under 100 ms, as a rule."""
    texts = [f"clause {number} of the plan pays {number} dollars " * 20 for number in range(256)]
    model.http.get("/health")
    taken = []

    with ThreadPoolExecutor(4) as threads:
        work = [threads.submit(vectors, model, texts) for _ in range(8)]
        while not all(task.done() for task in work):
            began = time.perf_counter()
            assert model.http.get("/health").is_success
            taken.append(time.perf_counter() - began)

    assert [(256, 1536)] * 8 == [task.result().shape for task in work]
    assert median(taken) < 0.1
