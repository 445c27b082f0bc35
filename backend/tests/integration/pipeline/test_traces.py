"""Traces as a receiver gets them from the processes of the product: one a document, and nothing of its content."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from backend.tests.faults.processes import KILLED, Child, Processes, started_in
from backend.tests.house import JWT_SECRET, SERVICE_KEY, WEBHOOK_SECRET, House
from backend.tests.trace_receiver import Receiver, Sent, receiving

from accessa.domain.addresses import trust_for
from accessa.domain.statuses import MOVES
from accessa.drill.pdf_file import pdf_of_streams

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAGES = [f"stage {move.stage}" for move in MOVES]
LAST_OF_SERVERS = frozenset({"webhook", "POST /object/{bucket}/{key:path}", "GET /object/{bucket}/{key:path}"})
CALLER, CALLERS_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
NAME, WORD = "sentinelname", "sentinelword"
SECRETS = [NAME, WORD, "llx-test", "sk-test", SERVICE_KEY, WEBHOOK_SECRET, "token="]


@dataclass
class Traced:
    """A house whose processes send their traces to a receiver, as their user sees it."""

    house: House
    receiver: Receiver
    processes: Processes

    @asynccontextmanager
    async def worker(self, **traces: Any) -> AsyncIterator[Child]:
        """Run a worker while the block lasts; afterwards all of its spans have been sent."""
        child = self.processes.worker(self.house.with_settings(traces=traces).settings)
        try:
            await child.tells(lambda line: line["event"] == "Worker started")
            yield child
        finally:
            child.send(signal.SIGTERM)
            ended = await child.exit_code()
        assert 0 == ended

    async def complete(
        self, content: bytes, filename: str = f"{NAME}.md", also: frozenset[str] = frozenset()
    ) -> list[Sent]:
        """Upload a document, have a worker complete it, and return all spans of its trace."""
        async with self.worker():
            accepted = await self.house.upload(content, filename)
            assert "complete" == (await self.house.ended(accepted["job_id"]))["status"]
        return await self.spans_of(accepted["job_id"], also)

    async def spans_of(self, job_id: str, also: frozenset[str] = frozenset()) -> list[Sent]:
        """Return the spans of a job's trace, once those of its request, its workers and the names told have come."""
        await self.receiver.until(lambda spans: is_whole(of(spans, job_id), also))
        return of(self.receiver.spans, job_id)


def of(spans: list[Sent], job_id: str) -> list[Sent]:
    """Return the spans of the one trace in which a job is."""
    traces = {span.trace for span in spans if span.attributes.get("accessa.job_id") == job_id}
    assert len(traces) <= 1
    return [span for span in spans if span.trace in traces]


def is_whole(spans: list[Sent], also: frozenset[str]) -> bool:
    """Tell whether the request that began a trace has come, which ends it in its process, a worker's part, and `also`.

    A worker that has ended has sent all of its spans; an API and a storage send theirs once a second.
    """
    requests = {span.span for span in spans if "http.route" in span.attributes and span.service == "api-server"}
    names = {span.name for span in spans}
    return bool(requests) and any(span.service == "base-worker" for span in spans) and also <= names


def named(spans: list[Sent], name: str) -> list[Sent]:
    """Return the spans of a name in the order in which they began."""
    return sorted((span for span in spans if span.name == name), key=lambda span: span.began)


def words() -> bytes:
    """Return a text that nobody has uploaded before."""
    return f"# {WORD} {uuid4().hex}\n\nWhat is covered in the first year.\n".encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Traced]:
    """A house whose storage and API send traces; each test brings its workers."""
    folder = tmp_path_factory.mktemp("traced")
    with receiving() as receiver, started_in(folder) as processes:
        traces = {"endpoint": receiver.address}
        storage = processes.storage(shared_house.with_settings(traces=traces).settings, folder / "files", JWT_SECRET)
        # On a busy machine a poll would find a parse before its webhook came.
        house = shared_house.with_settings(traces=traces, storage={"url": storage.address}, parse={"poll_seconds": 20})
        address = processes.api(house.settings).address
        house.settings = house.with_settings(api={"public_url": address}).settings
        headers = dict(shared_house.api.headers)
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30, verify=trust_for(address)) as api:
            seen = house.seen_with(api)
            await seen.until_ready()
            yield Traced(seen, receiver, processes)


async def test_a_pdf_is_one_trace_through_all_processes(place: Traced) -> None:
    """Upload, stages, statements, calls and the webhook of a document are in one trace that begins with its upload."""
    line = f"{WORD} {uuid4().hex} and what it covers in the first year"
    page = b"BT /F1 12 Tf 72 720 Td (" + line.encode() + b") Tj ET"
    spans = await place.complete(pdf_of_streams([page]), f"{NAME}.pdf", LAST_OF_SERVERS)
    ids, names = {span.span for span in spans}, {span.name for span in spans}
    stages = sorted((span for span in spans if span.name.startswith("stage ")), key=lambda span: span.began)

    assert {"api-server", "base-worker", "supabase-storage"} == {span.service for span in spans}
    assert ["POST /documents"] == [span.name for span in spans if not span.parent]
    assert [] == [span.name for span in spans if span.parent and span.parent not in ids]
    assert STAGES == list(dict.fromkeys(span.name for span in stages))
    assert {"insert_job", "fence_jobs", "intend_calls", "COPY document_vector_buffer"} <= names
    assert [] == [name for name in names if name.split()[0] == "WITH" or "\n" in name]
    assert {"POST /embeddings", "POST /api/v2/parse", "POST /object/*/*/*"} | LAST_OF_SERVERS <= names
    assert spans[0].trace not in {span.trace for span in place.receiver.spans if span not in spans}


async def test_stages_tell_whom_they_served_and_how_it_went(place: Traced) -> None:
    """A stage names job, document, correlation, try, lease and outcome; statements and calls are below it."""
    spans = await place.complete(words())
    [upload], [embed] = named(spans, "POST /documents"), named(spans, "stage embed_batches")
    job_id = upload.attributes["accessa.job_id"]
    job = await place.house.job(job_id)
    below = {embed.span}
    for span in sorted(spans, key=lambda span: span.began):
        below |= {span.span} if span.parent in below else set()

    expected = {
        "accessa.job_id": job_id,
        "accessa.document_id": job["document_id"],
        "accessa.correlation_id": job["correlation_id"],
        "accessa.attempt": 1,
        "accessa.lease_epoch": 1,
        "accessa.status": "embedding_in_progress",
        "accessa.outcome": "embeddings_stored",
    }
    assert expected == {name: embed.attributes.get(name) for name in expected}
    assert upload.span == embed.parent
    assert {"POST /embeddings", "intend_calls", "upsert_vectors"} & {span.name for span in spans if span.span in below}
    assert "local" == embed.about["deployment.environment"]
    assert embed.about["service.instance.id"] != upload.about["service.instance.id"]


async def test_a_callers_trace_is_continued(place: Traced) -> None:
    """What a caller traces goes on through the worker under the caller's own trace id."""
    headers = {"traceparent": f"00-{CALLER}-{CALLERS_SPAN}-01"}
    async with place.worker() as worker:
        answer = await place.house.api.post("/documents", files={"file": ("a.md", words())}, headers=headers)
        await place.house.ended(answer.json()["job_id"])
        line = await worker.tells(lambda line: line.get("stage") == "embed_batches")
    spans = await place.spans_of(answer.json()["job_id"])

    assert {CALLER} == {span.trace for span in spans}
    assert [CALLERS_SPAN] == [span.parent for span in named(spans, "POST /documents")]
    assert CALLER == line["trace_id"]


async def test_reads_begin_no_trace(place: Traced) -> None:
    """What is polled leaves nothing: of all first spans none is of a request that only reads."""
    await place.complete(words())

    firsts = {span.name.partition(" ")[0] for span in place.receiver.spans if not span.parent}
    assert {"POST"} == firsts


async def test_a_killed_workers_document_stays_in_its_trace(place: Traced) -> None:
    """The worker that takes over goes on in the same trace, and tells its own lease."""
    accepted = await place.house.upload(words(), "a.md")
    first = place.processes.worker(place.house.settings, "publish.before_commit=kill", lease_seconds=1)
    assert KILLED == await first.exit_code()
    async with place.worker():
        await place.house.ended(accepted["job_id"])
    spans = await place.spans_of(accepted["job_id"])

    assert ["POST /documents"] == [span.name for span in spans if not span.parent]
    assert 1 < named(spans, "stage publish")[-1].attributes["accessa.lease_epoch"]


async def test_a_retry_is_linked_to_the_trace_of_what_failed(place: Traced) -> None:
    """The new job has the trace of its request, from which the old one is a link away; the failure shows its code."""
    broken = pdf_of_streams([b"BT ET"])[:200] + uuid4().bytes
    async with place.worker():
        failed = (await place.house.upload(broken, "a.pdf"))["job_id"]
        await place.house.ended(failed)
        again = (await place.house.api.post(f"/jobs/{failed}/retry")).json()["job_id"]
        await place.house.ended(again)
    old, new = await place.spans_of(failed), await place.spans_of(again)
    [reopened] = named(new, "reopen job")

    assert old[0].trace != new[0].trace
    assert (old[0].trace,) == reopened.links
    assert ["FILE_BROKEN"] == [span.attributes.get("error.type") for span in old if span.name == STAGES[0]]


async def test_documents_that_share_a_call_are_linked(place: Traced) -> None:
    """One call for several documents is one span: it is in the trace of one, and a link away in those of the others."""
    uploads = await asyncio.gather(*(place.house.upload(words(), "a.md") for _ in range(6)))
    async with place.worker():
        for upload in uploads:
            await place.house.ended(upload["job_id"])
    traces = {(await place.spans_of(upload["job_id"]))[0].trace for upload in uploads}
    requests = [s for s in place.receiver.spans if s.name == "embedding request" and s.trace in traces]
    batches = [s for s in place.receiver.spans if s.name == "embedding batch" and s.trace in traces]

    assert len(traces) == len(uploads) == len(batches) > len(requests)
    assert traces == {request.trace for request in requests} | {trace for one in requests for trace in one.links}
    assert len(batches) - len(requests) == sum(len(batch.links) for batch in batches)


async def test_no_span_holds_a_secret_or_a_word_of_a_document(place: Traced) -> None:
    """Text, file names, keys and signed addresses are in nothing that the receiver was ever sent."""
    content = words()
    told = {"filename": f"{NAME}.md", "bytes_len": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    async with place.worker():
        ticket = (await place.house.api.post("/documents/uploads", json=told)).json()
        async with httpx.AsyncClient(verify=trust_for(place.house.outside.storage)) as sender:
            assert (await sender.put(ticket["signed_url"], content=content)).is_success
        await place.house.api.post(f"/documents/uploads/{ticket['document_id']}/complete")
        await place.house.ended(ticket["job_id"])
    await place.spans_of(ticket["job_id"])

    assert "token=" in ticket["signed_url"]
    assert [] == [secret for secret in SECRETS for raw in place.receiver.raw if secret.encode() in raw]


async def test_a_receiver_that_is_away_harms_nobody(place: Traced, unused_address: str) -> None:
    """The document is completed, the loss is told once and in no words of the library, and the worker ends in time."""
    accepted = await place.house.upload(words(), "a.md")
    async with place.worker(endpoint=unused_address) as worker:
        assert "complete" == (await place.house.ended(accepted["job_id"]))["status"]
        await worker.tells(lambda line: "are lost" in line["event"])

    assert 1 == sum("are lost" in line["event"] for line in worker.told())
    assert [] == [line for line in worker.log.read_text().splitlines() if not line.startswith("{")]


async def test_none_of_the_documents_traced_is_none(place: Traced) -> None:
    """With a ratio of 0 a worker says nothing of a document, though its upload is traced."""
    accepted = await place.house.upload(words(), "a.md")
    async with place.worker(sample_ratio=0.0):
        await place.house.ended(accepted["job_id"])
    spans = await place.receiver.until(lambda spans: bool(named(of(spans, accepted["job_id"]), "POST /documents")))

    assert {"base-worker"}.isdisjoint({span.service for span in of(spans, accepted["job_id"])})


@pytest.fixture
def unused_address(unused_tcp_port: int) -> str:
    """An address at which nobody listens."""
    return f"http://127.0.0.1:{unused_tcp_port}"
