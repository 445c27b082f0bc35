"""Words planted all over a real stack, in good runs and bad ones, come out in none of its outputs."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from backend.tests.conftest import run_sql

from .conftest import AS_CONTAINERS, KEPT, Stack
from .ears import Ears, listening
from .sentinels import TOLD_TABLES, Sentinels, outputs_of, printed_by, shown_by, take_keys

PATIENCE_SECONDS = 40
# As containers, Supabase's own storage, or what stands for it, is behind a proxy of that name.
STORAGE = "storage-api" if AS_CONTAINERS else "supabase-storage"
FAILED_CALLS = 4
# The proxy before the storage tells of its own troubles only.
SILENT = {"supabase-storage"} if AS_CONTAINERS else set()
SERVICES = (
    *("api-server", "base-worker", "migrations", "mock-llamaparse", "mock-openai"),
    *("monitoring", "postgres", STORAGE),
)
# Postgres quotes the text in what it says of the error; the worker has never heard of its code.
REFUSE_TEXT = """
CREATE FUNCTION upload_pipeline.refuse_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = 'cannot read: "' || NEW.text || '"', ERRCODE = 'XX999'; END $$
"""
REFUSE_WHERE = """
CREATE TRIGGER refuse_text BEFORE INSERT ON upload_pipeline.document_chunk_buffer FOR EACH ROW
WHEN (NEW.text LIKE '%{}%') EXECUTE FUNCTION upload_pipeline.refuse_text()
"""


@pytest.fixture(scope="module")
def sentinels() -> Sentinels:
    """The words of this module."""
    return Sentinels()


@pytest.fixture(scope="module")
def ears() -> Iterator[Ears]:
    """What receives traces and alerts."""
    with listening() as lent:
        yield lent


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory, sentinels: Sentinels, ears: Ears) -> Iterator[Stack]:
    """A stack of its own that says all it can."""
    running = Stack(tmp_path_factory.mktemp("leaks") / "home")
    running.start(
        *("--workers", "1"),
        ACCESSA_EMBEDDINGS="lexical",
        LOG_LEVEL="DEBUG",
        WORKER_POLL_SECONDS="0.2",
        WORKER_BACKOFF_SECONDS="0.1",
        WORKER_MAX_ATTEMPTS="2",
        PROVIDER_REFUSED_SECONDS="0.3",
        PROVIDER_OPEN_SECONDS="0.3",
        CANARY_EVERY_SECONDS="0",
        TRACES_ENDPOINT=ears.address,
        TRACES_HEADERS=f"authorization={sentinels.new('header of the traces')}",
        ALERT_WEBHOOK_URL=f"{ears.address}/alerts",
        ALERT_WEBHOOK_SECRET=sentinels.keep("key of the alerts", "whsec_" + b64encode(uuid4().bytes * 2).decode()),
        ALERT_WAIT_SECONDS="0",
    )
    take_keys(sentinels, running)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def ingested(own_stack: Stack, sentinels: Sentinels, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A document whose text and name are sentinels, complete."""
    folder = tmp_path_factory.mktemp("files")
    path = folder / f"{sentinels.new('file name')}.html"
    heading, body = sentinels.new("heading"), sentinels.new("body text")
    path.write_text(f"<html><body><h1>{heading}</h1><p>{body} and more of it.</p></body></html>")
    [row] = own_stack.accessa("ingest", path, "--json").rows
    own_stack.accessa("search", sentinels.new("search words"), "--json")
    assert row["status"] == "complete"
    return row


def test_one_id_tells_the_whole_life_of_a_document(own_stack: Stack, ingested: dict[str, Any]) -> None:
    """A search for the correlation id finds every service that had to do with the document, in order of time."""
    for option, name in (("--correlation-id", "correlation_id"), ("--job", "job_id"), ("--document", "document_id")):
        lines = own_stack.accessa("logs", option, ingested[name], "--json").rows

        told = {line["service"] for line in lines}
        assert {"api-server", "base-worker", "mock-llamaparse", "mock-openai"} == told - {STORAGE}
        assert AS_CONTAINERS or STORAGE in told  # one of Supabase's knows no correlation ids
        assert sorted(line["timestamp"] for line in lines) == [line["timestamp"] for line in lines]
        assert {"Webhook sent", "Provider call ended", "Parse job moved"} <= {line["event"] for line in lines}


def test_each_line_of_a_stage_says_whose_and_which_it_is(own_stack: Stack, ingested: dict[str, Any]) -> None:
    """Job, document, upload, stage, attempt, epoch and duration stand on every line about a stage."""
    lines = own_stack.accessa("logs", "base-worker", "--job", ingested["job_id"], "--json").rows
    stages = [line for line in lines if line["event"] == "Processing stage completed"]

    assert "complete" == stages[-1]["outcome"]
    assert all(line[name] == ingested[name] for line in lines for name in ("job_id", "document_id", "correlation_id"))
    assert all({"stage", "attempt", "epoch"} <= line.keys() for line in lines)
    assert all({"duration_seconds", "outcome"} <= line.keys() for line in stages)


@pytest.fixture
def printed(own_stack: Stack, sentinels: Sentinels, fixtures: Path, tmp_path: Path) -> bytes:
    """Have all go wrong that can, words planted everywhere; what a worker with a wrong password prints."""
    _provoke_servers(own_stack, sentinels)
    _send_by_signed_url(own_stack, sentinels)
    _fail_providers(own_stack, sentinels)
    _break_files(own_stack, sentinels, fixtures, tmp_path)
    _crash_over_text(own_stack, sentinels, tmp_path)
    return _start_with_a_wrong_password(own_stack, sentinels, tmp_path)


def test_nothing_that_was_planted_comes_out(
    own_stack: Stack, ingested: dict[str, Any], sentinels: Sentinels, ears: Ears, printed: bytes
) -> None:
    """Text, names, keys, signed addresses and passwords are in no log, metric, event, trace, page, alert or report."""
    assert ingested["status"] == "complete"
    outputs = {**outputs_of(own_stack), "the worker with a wrong password": printed}
    outputs |= shown_by(own_stack, ingested["job_id"]) | printed_by(own_stack)
    if not AS_CONTAINERS:  # they do not reach what listens on this machine alone
        _until(lambda: {"/v1/traces", "/alerts"} <= ears.heard.keys())
        outputs |= ears.heard
    assert set(SERVICES) <= outputs.keys()
    assert [] == [name for name, said in outputs.items() if not said and name not in {*TOLD_TABLES, *SILENT}]
    assert [] == sentinels.found_in(outputs)
    assert b"A stage met something unexpected" in outputs["base-worker"]
    assert b"The worker waits for the database" in printed
    assert AS_CONTAINERS or b"embed_batches" in ears.heard["/v1/traces"]


def _provoke_servers(stack: Stack, sentinels: Sentinels) -> None:
    """Send words in every part of a request to every service, most of them wrong."""
    environment, header, word = stack.environment(), sentinels.new("header"), sentinels.new("request")
    wrong = {"X-User-Id": header, "X-Correlation-Id": header, "Authorization": f"Bearer {header}", "Cookie": header}
    servers = [environment[name] for name in ("API_URL", "STORAGE_URL", "LLAMAPARSE_URL", "MONITORING_URL")]
    for address in [*servers, environment["OPENAI_URL"].removesuffix("/v1")]:
        for method, path in (("GET", f"/{word}?{word}={word}"), ("POST", "/documents"), ("POST", "/api/v2/parse")):
            httpx.request(method, f"{address}{path}", headers=wrong, content=f'{{"{word}": ', timeout=20)
    known = {"X-User-Id": str(uuid4()), "X-Client-Request-Id": f"{header} {header}"}
    api = httpx.Client(base_url=environment["API_URL"], headers=known, timeout=20)
    with api:
        api.post("/documents", files={"file": (f"{word}.png", word.encode())})
        api.post("/documents/uploads", json={"filename": word, "bytes_len": word, "sha256": word})
        api.post("/search", json={"query": word, "limit": 1})
        api.get(f"/jobs/{word}")
        signed = {"LC-Signature": f"sha256={word}", "Authorization": f"Bearer {word}"}
        api.post(f"/webhooks/llamaparse/{word}", json={"event_id": word}, headers=signed)
    embed = {"model": word, "input": [word], "encoding_format": word}
    key = {"Authorization": f"Bearer {sentinels.words['openai_api_key']}"}
    httpx.post(f"{environment['OPENAI_URL']}/embeddings", json=embed, headers=key, timeout=20)


def _send_by_signed_url(stack: Stack, sentinels: Sentinels) -> None:
    """Send a file to a signed address, fetch one from another, and try both with what does not fit."""
    environment, content = stack.environment(), f"# {sentinels.new('text sent by signed URL')}\n".encode()
    told = {"filename": f"{sentinels.new('announced name')}.md", "bytes_len": len(content)}
    told["sha256"] = hashlib.sha256(content).hexdigest()
    user = {"X-User-Id": str(uuid4())}
    answer = httpx.post(f"{environment['API_URL']}/documents/uploads", json=told, headers=user, timeout=20).json()
    address = sentinels.keep("signed upload URL", answer["signed_url"])
    sentinels.keep("token of the signed URL", address.partition("token=")[2])
    httpx.put(f"{address}x", content=content, timeout=20)
    assert httpx.put(address, content=content, timeout=20).is_success
    httpx.put(address, content=content, timeout=20)
    done = f"{environment['API_URL']}/documents/uploads/{answer['document_id']}/complete"
    assert httpx.post(done, headers=user, timeout=20).is_success
    _fetch_signed(environment["STORAGE_URL"], sentinels)


def _fetch_signed(storage: str, sentinels: Sentinels) -> None:
    key = {"Authorization": f"Bearer {sentinels.words['service_role_key']}"}
    listed = {"prefix": "", "limit": 10}
    base = f"{storage}/storage/v1"
    found = httpx.post(f"{base}/object/list-v2/raw", json=listed, headers=key, timeout=20).json()["objects"]
    name = found[0].get("key") or found[0]["name"]
    signed = httpx.post(f"{base}/object/sign/raw/{name}", json={"expiresIn": 60}, headers=key, timeout=20).json()
    address = sentinels.keep("signed download URL", f"{base}{signed['signedURL']}")
    sentinels.keep("token of the download", address.partition("token=")[2])
    assert httpx.get(address, timeout=20).is_success
    httpx.get(f"{address}x", timeout=20)


def _fail_providers(stack: Stack, sentinels: Sentinels) -> None:
    """Let both providers refuse in many ways, some of which repeat words of ours."""
    environment = stack.environment()
    parser, embedder = environment["LLAMAPARSE_URL"], environment["OPENAI_URL"].removesuffix("/v1")
    echoed = sentinels.new("words in a provider's refusal")
    of_parser = [
        {"kind": "upload_server_error", "nth": 1},
        {"kind": "malformed_answer", "nth": 1},
        {"kind": "payment_required", "nth": 2, "value": f"No credit for {echoed}"},
        {"kind": "fail_job", "nth": 1, "value": f"TIMEOUT {echoed}"},
        {"kind": "wrong_signature", "nth": 1},
        {"kind": "fetch_cut", "nth": 1},
    ]
    of_embedder = [
        {"kind": "server_error", "nth": 1},
        {"kind": "rate_limit", "nth": 2, "value": 0.1},
        {"kind": "malformed_answer", "nth": 3},
        {"kind": "lost_answer", "nth": 4},
        {"kind": "quota", "nth": 5, "value": echoed},
    ]
    httpx.patch(f"{parser}/_control", json={"faults": of_parser}, timeout=20).raise_for_status()
    httpx.patch(f"{embedder}/_control", json={"faults": of_embedder}, timeout=20).raise_for_status()
    for number in range(3):
        name = f"{sentinels.new(f'name of failing document {number}')}.html"
        text = f"<html><body><p>{sentinels.new(f'text of failing document {number}')}</p></body></html>"
        httpx.post(
            f"{environment['API_URL']}/documents",
            headers={"X-User-Id": str(uuid4())},
            files={"file": (name, text.encode())},
            timeout=20,
        ).raise_for_status()
    _until(lambda: stack.raw_logs()["base-worker"].count(b"Provider call failed") >= FAILED_CALLS)
    for address in (parser, embedder):
        httpx.post(f"{address}/_control/reset", timeout=20).raise_for_status()


def _break_files(stack: Stack, sentinels: Sentinels, fixtures: Path, folder: Path) -> None:
    for name in ("truncated.pdf", "protected.pdf", "zip-bomb.docx", "image.png"):
        path = folder / f"{sentinels.new(f'name of {name}')}{Path(name).suffix}"
        path.write_bytes((fixtures / "broken" / name).read_bytes())
        stack.accessa("ingest", path, "--json")


def _crash_over_text(stack: Stack, sentinels: Sentinels, folder: Path) -> None:
    """Let a stage end in an error of an unheard-of kind whose words are those of the document."""
    text = sentinels.new("text in the words of an error")
    run_sql(stack.environment()["DATABASE_URL"], REFUSE_TEXT, REFUSE_WHERE.format(text))
    path = folder / f"{sentinels.new('name of the refused document')}.md"
    path.write_text(f"# Refused\n\n{text} is all there is.\n")
    stack.accessa("ingest", path, "--json")


def _start_with_a_wrong_password(stack: Stack, sentinels: Sentinels, folder: Path) -> bytes:
    """Return what a worker says that the database does not let in."""
    address = httpx.URL(stack.environment()["DATABASE_URL"])
    wrong = str(address.copy_with(password=sentinels.new("wrong password")))
    environment = {**{name: os.environ[name] for name in KEPT if name in os.environ}, **stack.services_environment()}
    output = folder / "worker.log"
    with output.open("wb") as file:
        worker = subprocess.Popen(
            [sys.executable, "-m", "accessa.apps.worker.main"],
            env={**environment, "DATABASE_URL": wrong, "WORKER_METRICS_PORT": "0"},
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        try:
            _until(lambda: b"The worker waits for the database" in output.read_bytes())
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(PATIENCE_SECONDS)
    return output.read_bytes()


def _until(is_so: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.1)
