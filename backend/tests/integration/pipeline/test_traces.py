"""Traces as a receiver gets them from the processes of the product: one a document, and nothing of its content."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from backend.tests.faults.processes import Processes, started_in
from backend.tests.house import JWT_SECRET, SERVICE_KEY, WEBHOOK_SECRET, House
from backend.tests.trace_receiver import Receiver, Sent, receiving

from accessa.domain.addresses import trust_for
from accessa.domain.statuses import MOVES
from accessa.drill.pdf_file import pdf_of_streams

STAGES = [f"stage {move.stage}" for move in MOVES]
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NAME, WORD = "sentinelname", "sentinelword"
SECRETS = [NAME, WORD, "llx-test", "sk-test", SERVICE_KEY, WEBHOOK_SECRET, "token=", "LC-Signature"]
PDF = pdf_of_streams([b"BT /F1 12 Tf 72 720 Td (" + WORD.encode() + b" and what it covers in the first year) Tj ET"])


@dataclass
class Traced:
    """A house whose processes send their traces to a receiver, as their user sees it."""

    house: House
    receiver: Receiver
    processes: Processes

    async def spans_of(self, accepted: dict[str, Any]) -> list[Sent]:
        """Return every span of the trace of a document that is complete, once its last one has come."""
        spans = await self.receiver.until(lambda spans: bool(_committed_last(spans, accepted["job_id"])))
        [trace] = {span.trace for span in spans if span.attributes.get("accessa.job_id") == accepted["job_id"]}
        return [span for span in spans if span.trace == trace]


def _committed_last(spans: list[Sent], job_id: str) -> list[Sent]:
    return [span for span in spans if span.name == STAGES[-1] and span.attributes["accessa.job_id"] == job_id]


@asynccontextmanager
async def traced(house: House, receiver: Receiver, processes: Processes, folder: Path) -> AsyncIterator[Traced]:
    """Start storage and API with traces; workers come later."""
    traces = {"endpoint": receiver.address}
    child = processes.storage(house.with_settings(traces=traces).settings, folder, JWT_SECRET)
    own = house.with_settings(traces=traces, storage={"url": child.address})
    address = processes.api(own.settings).address
    own.settings = own.with_settings(api={"public_url": address}).settings
    headers = dict(house.api.headers)
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30, verify=trust_for(address)) as api:
        await own.seen_with(api).until_ready()
        yield Traced(own.seen_with(api), receiver, processes)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of traces."""
    with receiving() as opened:
        yield opened


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """The means to start processes of the product."""
    with started_in(tmp_path) as started:
        yield started


@pytest.fixture
async def place(house: House, receiver: Receiver, processes: Processes, tmp_path: Path) -> AsyncIterator[Traced]:
    """A traced house."""
    async with traced(house, receiver, processes, tmp_path / "storage") as opened:
        yield opened


async def test_a_pdf_is_one_trace_through_all_processes(place: Traced) -> None:
    """Upload, stages, statements, calls and the webhook of a document are in one trace that begins with its upload."""
    worker = place.processes.worker(place.house.settings)
    accepted = await place.house.upload(PDF, f"{NAME}.pdf")
    await place.house.ended(accepted["job_id"])
    worker.send(signal.SIGTERM)
    assert 0 == await worker.exit_code()
    spans = await place.spans_of(accepted)
    ids = {span.span for span in spans}
    stages = sorted((span for span in spans if span.name.startswith("stage ")), key=lambda span: span.began)

    assert {"api-server", "base-worker", "supabase-storage"} == {span.service for span in spans}
    assert ["POST /documents"] == [span.name for span in spans if not span.parent]
    assert [] == [span.name for span in spans if span.parent and span.parent not in ids]
    assert STAGES == list(dict.fromkeys(span.name for span in stages))
    assert {"insert_job", "fence_jobs", "intend_calls", "COPY document_vector_buffer"} <= {span.name for span in spans}
    assert {"POST /embeddings", "POST /api/v2/parse", "POST /object/*/*/*", "webhook"} <= {span.name for span in spans}
    assert {span.trace for span in place.receiver.spans} == {spans[0].trace}
    assert [] == [secret for secret in SECRETS for raw in place.receiver.raw if secret.encode() in raw]
