"""The bulk lane: embeddings by the provider's Batch API, at half price, resumable, and never ordered twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from backend.tests.simulators import WELL, End, Simulator, ends, new_word

from accessa.domain.addresses import trust_for
from accessa.providers.openai import OpenAIClient

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

PARTS = 20


@pytest.fixture
async def embedder(outside: Outside) -> AsyncIterator[Simulator]:
    """The embedding simulator, without faults before and after; its batches take no time."""
    simulator = Simulator(outside, "openai")
    await simulator.play(batch_delay=0)
    await simulator.begin()
    yield simulator
    await simulator.play(batch_delay=0)


@pytest.fixture
def bulk_house(house: House) -> House:
    """A house whose workers look at their orders often."""
    return house.with_settings(embed={"bulk_poll_seconds": 0.05, "bulk_poll_max_seconds": 0.1, "batch_inputs": 4})


async def upload(house: House, word: str, lane: str = "bulk") -> str:
    """Upload a text of several batches to a lane and return its job."""
    parts = (f"# Part {part} {word}\n\n" + f"Sentence of {word} number {part}. " * 40 for part in range(PARTS))
    file = ("a.md", "\n\n".join(parts).encode())
    response = await house.api.post("/documents", params={"lane": lane}, files={"file": file})
    assert 202 == response.status_code, response.text
    job_id: str = response.json()["job_id"]
    return job_id


async def orders(house: House) -> list[Any]:
    """Return the orders in the sequence in which they were written down."""
    return await house.rows("SELECT * FROM upload_pipeline.provider_batches ORDER BY created_at")


async def test_a_bulk_document_costs_half_and_is_found(
    bulk_house: House, embedder: Simulator, outside: Outside
) -> None:
    """All batches go out in one order; what comes back makes the same vectors for half the money, and no file stays."""
    before = await kept_files(outside)
    word = new_word()
    slow, fast = await upload(bulk_house, word), await upload(bulk_house, new_word(), "interactive")
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": slow, "interactive": fast})
    bulk, interactive = await bulk_house.job(slow), await bulk_house.job(fast)
    prices = await bulk_house.rows(
        "SELECT job_id::text, round(sum(cost_usd) * 1000000 / sum(tokens), 6) AS per_million"
        " FROM upload_pipeline.provider_calls GROUP BY job_id"
    )
    billed = await embedder.billed()
    answer = (await bulk_house.api.post("/search", json={"query": f"Part 7 {word}", "limit": 1})).json()

    assert {WELL} == set(found.values())
    assert 1 == len(await orders(bulk_house))
    assert ("bulk", "interactive") == (bulk["lane"], interactive["lane"])
    assert {slow: 0.01, fast: 0.02} == {row["job_id"]: float(row["per_million"]) for row in prices}
    assert word in answer["results"][0]["text"]
    assert (bulk["chunks"] + interactive["chunks"], 0) == billed
    assert before == await kept_files(outside)


async def test_lines_that_fail_are_ordered_again(bulk_house: House, embedder: Simulator) -> None:
    """What an order did bring is stored and never bought again; only the rest goes into the next order."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play({"kind": "batch_line_errors", "value": 0.5, "times": 1}, batch_delay=0)
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})
    first, second = await orders(bulk_house)

    assert {"bulk": End("complete", None, 1)} == found
    assert 0 < len(second["batch_ords"]) < len(first["batch_ords"])
    assert ((await bulk_house.job(job_id))["chunks"], 0) == await embedder.billed()


@pytest.mark.parametrize(
    "fault",
    [{"kind": "batch_expire", "value": 0.5}, {"kind": "batch_fail", "value": "invalid_json_line"}],
    ids=lambda fault: fault["kind"],
)
async def test_an_order_that_ends_badly_is_followed_by_another(
    bulk_house: House, embedder: Simulator, fault: dict[str, Any]
) -> None:
    """An expired order keeps what it has finished, a failed one nothing; the document ends well all the same."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play({**fault, "times": 1}, batch_delay=0)
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})

    assert {"bulk": End("complete", None, 1)} == found
    assert 2 == len(await orders(bulk_house))
    assert ((await bulk_house.job(job_id))["chunks"], 0) == await embedder.billed()


async def test_a_full_queue_of_the_provider_uses_up_no_attempt(bulk_house: House, embedder: Simulator) -> None:
    """When the provider takes no more batches for now, the order is placed again later and nothing is counted."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play({"kind": "batch_fail", "value": "token_limit_exceeded", "times": 1}, batch_delay=0)
    async with bulk_house.worker():
        assert {"bulk": WELL} == await ends(bulk_house, {"bulk": job_id})


async def test_an_order_whose_answer_was_lost_is_found_again(bulk_house: House, embedder: Simulator) -> None:
    """The answer to the order gets lost after the provider took it: it is found by our key, and not placed again."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play({"kind": "lost_answer", "document": "batches.create", "times": 1}, batch_delay=0)
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})

    assert {"bulk": End("complete", None, 1)} == found
    assert ((await bulk_house.job(job_id))["chunks"], 0) == await embedder.billed()


async def test_a_worker_that_stops_leaves_the_order_to_the_next(bulk_house: House, embedder: Simulator) -> None:
    """While the provider works nobody holds the job; another worker takes the answers in."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play(batch_delay=600)
    async with bulk_house.worker():
        await bulk_house.until(job_id, lambda job: job["status"] == "embedding_in_progress")
        events: list[dict[str, Any]] = []
        while not any(event["code"] == "EMBED_ORDERED" for event in events):
            events = await bulk_house.events(job_id)
    [held] = await bulk_house.rows("SELECT lease_owner FROM upload_pipeline.upload_jobs")
    await embedder.play(batch_delay=0)
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})

    assert (None, {"bulk": WELL}) == (held["lease_owner"], found)
    assert 1 == len(await orders(bulk_house))


async def test_an_order_without_end_is_cancelled_and_brings_what_it_has_finished(
    bulk_house: House, embedder: Simulator, outside: Outside
) -> None:
    """Lines that were done, and billed, before the order was given up are stored and not bought again."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play(batch_delay=2)
    async with bulk_house.worker():
        while not await lines_done(outside):
            await asyncio.sleep(0.02)
        await embedder.play(batch_delay=600)
        await bulk_house.rows("UPDATE upload_pipeline.provider_batches SET created_at = now() - interval '27 hours'")
        while (await orders(bulk_house))[0]["ended_at"] is None:
            await asyncio.sleep(0.02)
        await embedder.play(batch_delay=0)
        found = await ends(bulk_house, {"bulk": job_id})
    first, second = await orders(bulk_house)

    assert {"bulk": End("complete", None, 1)} == found
    assert 0 < len(second["batch_ords"]) < len(first["batch_ords"])
    assert ((await bulk_house.job(job_id))["chunks"], 0) == await embedder.billed()


async def test_an_order_outlives_an_outage_of_the_provider(bulk_house: House, embedder: Simulator) -> None:
    """Errors of the provider while an order is looked at and fetched use up no attempt: what is paid is waited for."""
    job_id = await upload(bulk_house, new_word())
    await bulk_house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 1")
    faults = ({"kind": "server_error", "document": call, "times": 2} for call in ("batches.retrieve", "files.content"))
    await embedder.play(*faults, batch_delay=0)
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})

    assert ({"bulk": WELL}, 1) == (found, len(await orders(bulk_house)))


async def test_a_document_that_is_given_up_calls_its_order_off(
    bulk_house: House, embedder: Simulator, outside: Outside
) -> None:
    """An order of which nothing can be learned is cancelled with its document: a retry would order all of it anew."""
    before = await kept_files(outside)
    job_id = await upload(bulk_house, new_word())
    await embedder.play({"kind": "malformed_answer", "document": "batches.retrieve"}, batch_delay=60)
    # A job takes the patience with it that held when it was made.
    await bulk_house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 2")
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})
    [order] = await orders(bulk_house)

    assert {"bulk": End("failed_embedding", "EMBED_BAD_RESPONSE", 2)} == found
    assert ("cancelled", before) == (order["outcome"], await kept_files(outside))
    assert (0, 0) == await embedder.billed()


async def test_a_deleted_document_calls_its_order_off(bulk_house: House, embedder: Simulator, outside: Outside) -> None:
    """A document can be deleted while its order is under way: the batch is cancelled and its file is gone."""
    before = await kept_files(outside)
    job_id = await upload(bulk_house, new_word())
    await embedder.play(batch_delay=600)
    async with bulk_house.worker():
        events: list[dict[str, Any]] = []
        while not any(event["code"] == "EMBED_ORDERED" for event in events):
            events = await bulk_house.events(job_id)
    [order] = await orders(bulk_house)
    proof = (await bulk_house.api.delete(f"/documents/{job_id}")).json()
    async with OpenAIClient(f"{outside.openai}/v1", "sk-test", timeout_seconds=30) as client:
        batch = await client.look_at_batch(order["provider_batch_id"])

    assert (1, 0, 0) == (proof["rows"]["provider_batches"], proof["provider_copies_left"], proof["left"])
    assert batch.outcome in {None, "cancelled"}
    assert before == await kept_files(outside)


async def test_a_file_that_resisted_goes_with_its_document(
    bulk_house: House, embedder: Simulator, outside: Outside
) -> None:
    """Requests that the provider would not delete after the order hold the document's text: its deletion asks again."""
    job_id = await upload(bulk_house, new_word())
    await embedder.play({"kind": "server_error", "document": "files.delete"}, batch_delay=0)
    async with bulk_house.worker():
        found = await ends(bulk_house, {"bulk": job_id})
    resisting = await requests_kept(outside)
    await embedder.play(batch_delay=0)
    proof = (await bulk_house.api.delete(f"/documents/{job_id}")).json()

    assert ({"bulk": WELL}, 0, 0) == (found, proof["provider_copies_left"], proof["left"])
    assert resisting - 1 == await requests_kept(outside)


async def requests_kept(outside: Outside) -> int:
    """Count the files of requests, which hold text, that the provider keeps."""
    async with httpx.AsyncClient(base_url=outside.openai, verify=trust_for(outside.openai)) as client:
        path = "/v1/files?limit=10000&purpose=batch"
        answer = await client.get(path, headers={"Authorization": "Bearer sk-test"})
    return len(answer.json()["data"])


async def lines_done(outside: Outside) -> int:
    """Return how many lines of the newest batch the provider has finished."""
    async with httpx.AsyncClient(base_url=outside.openai, verify=trust_for(outside.openai)) as client:
        answer = await client.get("/v1/batches", params={"limit": 1}, headers={"Authorization": "Bearer sk-test"})
    [batch] = answer.json()["data"] or [{"request_counts": {"completed": 0}, "status": "none"}]
    done: int = batch["request_counts"]["completed"] if batch["status"] == "in_progress" else 0
    return done


async def kept_files(outside: Outside) -> int:
    """Count the files that the provider keeps."""
    async with httpx.AsyncClient(base_url=outside.openai, verify=trust_for(outside.openai)) as client:
        answer = await client.get("/v1/files", params={"limit": 10_000}, headers={"Authorization": "Bearer sk-test"})
    return len(answer.json()["data"])


async def test_an_order_is_found_by_its_key_among_many(outside: Outside, embedder: Simulator, tmp_path: Path) -> None:
    """The search goes through all pages of newer batches, and stops at what is older than the order."""
    await embedder.play(batch_delay=600)
    lines = tmp_path / "requests.jsonl"
    body = {"model": "text-embedding-3-small", "input": "a"}
    lines.write_text(json.dumps({"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": body}))
    async with OpenAIClient(f"{outside.openai}/v1", "sk-test", timeout_seconds=30) as client:
        file_id = await client.upload_requests(lines, key="an-order")
        wanted = await client.create_batch(file_id, key="the-one")
        others = [await client.create_batch(file_id, key=f"other-{number}") for number in range(103)]
        found = await client.find_batch("the-one", since=0)
        missing = await client.find_batch("none", since=0)
        files = await client.find_file("an-order"), await client.find_file("none")
        for batch_id in (wanted, *others):  # or they would be carried out, and billed, during the tests that follow
            await client.cancel_batch(batch_id)

    assert (wanted, None) == (found, missing)
    assert (file_id, None) == files
