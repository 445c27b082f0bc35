"""Operation: secrets that are rotated, and outages that end while many documents wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from backend.tests.simulators import Simulator, new_word

from accessa.domain.addresses import trust_for

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

UPLOADS_AT_ONCE = 8
# Every answer tells how many calls are left; those that are on their way when the first one comes know nothing of it.
FEW = 3


@pytest.fixture
async def embedder(outside: Outside) -> AsyncIterator[Simulator]:
    """The embedding simulator, without faults and limits before and after."""
    simulator = Simulator(outside, "openai")
    await simulator.reset()
    await simulator.begin()
    yield simulator
    await simulator.reset()


@pytest.mark.fault(
    "O3",
    "an outage ends while many documents wait, and the provider limits the rate",
    "the calls ramp up within the limit: hardly any is refused, and no attempt is used up",
    "L1, S16",
)
async def test_the_end_of_an_outage_is_no_storm(house: House, embedder: Simulator) -> None:
    """O3: twelve documents that wait for the provider come back together, and its limit is hardly ever met."""
    await waiting_documents(house, embedder, 12)

    assert (12, True) == await recovered(house, embedder, requests_per_minute=240, spent=234)


@pytest.mark.drill(seconds=150)
@pytest.mark.fault(
    "O3", "an outage ends while 1,000 documents wait", "the calls ramp up within the limit; all complete", "L1, S16"
)
async def test_the_end_of_a_long_outage_is_no_storm(house: House, embedder: Simulator) -> None:
    """O3: the same with a thousand documents."""
    await waiting_documents(house, embedder, 1000)

    assert (1000, True) == await recovered(house, embedder, requests_per_minute=2000, spent=1500)


def impatient(house: House) -> House:
    """Return the house with a circuit that opens soon and is tried often."""
    return house.with_settings(provider={"failures_to_open": 3, "open_seconds": 0.2, "open_max_seconds": 0.5})


async def waiting_documents(house: House, embedder: Simulator, count: int) -> None:
    """Upload documents during an outage and have each of them come as far as it can."""
    room = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def upload() -> None:
        async with room:
            await house.upload(f"# Note\n\n{new_word()}\n".encode(), "a.md")

    await asyncio.gather(*(upload() for _ in range(count)))
    await embedder.play({"kind": "overloaded"})
    patient = house.with_settings(provider={"failures_to_open": 3, "open_seconds": 600, "open_max_seconds": 600})
    async with patient.worker(jobs_at_once=8, backoff_seconds=600):
        await until(house, "status = 'embedding_in_progress'", count)


async def recovered(house: House, embedder: Simulator, *, requests_per_minute: int, spent: int) -> tuple[int, bool]:
    """End the outage with all documents due; return how many complete without a counted error, and how calmly."""
    await embedder.play(requests_per_minute=requests_per_minute)
    async with httpx.AsyncClient(base_url=house.outside.openai, verify=trust_for(house.outside.openai)) as other:
        request: dict[str, Any] = {"model": "text-embedding-3-small", "input": "another customer's"}
        for _ in range(spent):
            await other.post("/v1/embeddings", json=request, headers={"Authorization": "Bearer sk-test"})
    await house.rows("UPDATE upload_pipeline.provider_gates SET probe_at = now()")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now()")
    async with impatient(house).worker(jobs_at_once=8):
        count = len(await house.rows("SELECT 1 FROM upload_pipeline.upload_jobs"))
        await until(house, "status = 'complete'", count)
    refused = await house.rows("SELECT 1 FROM upload_pipeline.events WHERE code = 'EMBED_RATE_LIMITED'")
    well = await house.rows("SELECT 1 FROM upload_pipeline.upload_jobs WHERE status = 'complete' AND retry_count = 0")
    return len(well), len(refused) <= FEW


async def until(house: House, condition: str, count: int) -> None:
    """Wait until so many jobs fulfil a condition; the test's own time limit bounds the wait."""
    while len(await house.rows(f"SELECT 1 FROM upload_pipeline.upload_jobs WHERE {condition}")) < count:
        await asyncio.sleep(0.2)
