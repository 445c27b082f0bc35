"""A call that fails is repeated while its jobs wait, told in their story, and only then an error of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.tests.house import served
from backend.tests.simulators import WELL, End, Simulator, ends, new_word

from accessa.store.audit import examine

from .gate import Gate

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

CALLS = """
SELECT c.state, c.error_code, c.lease_epoch, c.retry_number FROM upload_pipeline.provider_calls c
WHERE c.operation = 'embed' ORDER BY c.call_id
"""
REPEATS = """
SELECT c.state, e.payload ->> 'error' AS error, c.call_key = e.payload ->> 'call_key' AS same_work
FROM upload_pipeline.events e JOIN upload_pipeline.provider_calls c ON c.call_id::text = e.payload ->> 'failed_call'
WHERE e.type = 'call_retry' AND e.code = 'EMBED_REPEATED'
"""
# Each text has 48 bytes and counts as 17 tokens, at two cents a million.
ESTIMATE_USD = 17 * 0.02 / 1e6
CLAIMS_AND_ERRORS = "SELECT type, count(*) FROM upload_pipeline.events WHERE type IN ('claimed', 'error') GROUP BY type"


async def uploaded(house: House, documents: int = 1) -> dict[str, str]:
    """Upload small texts; return their jobs by the word that each is about."""
    words = [new_word() for _ in range(documents)]
    return {word: (await house.upload(f"A sentence on {word}.".encode(), "a.txt"))["job_id"] for word in words}


async def broken_promises(house: House) -> list[str]:
    """Return what the audit finds to be wrong."""
    async with house.services() as services:
        return [str(finding) for finding in await examine(services.database) if not finding.holds]


async def test_calls_that_fail_in_passing_are_repeated_without_letting_go(house: House, embedder: Simulator) -> None:
    """Three calls fail, each in its way: no job meets an error or is claimed again, and their stories tell of it."""
    jobs = await uploaded(house, 9)
    await embedder.play(
        {"kind": "overloaded", "nth": 1},
        {"kind": "server_error", "nth": 2},
        {"kind": "rate_limit", "nth": 3, "value": 0},
    )
    async with house.worker(jobs_at_once=len(jobs)):
        found = await ends(house, jobs)
    repeats = await house.rows(REPEATS)
    failed = [(row["state"], row["error_code"]) for row in await house.rows(CALLS) if row["error_code"]]

    assert dict.fromkeys(jobs, WELL) == found
    assert {"claimed": len(jobs)} == dict(await house.rows(CLAIMS_AND_ERRORS))
    assert (len(jobs), 0) == await embedder.billed()
    assert sorted(failed) == sorted((row["state"], row["error"]) for row in repeats)
    assert {
        ("failed", "EMBED_UNAVAILABLE"),
        ("abandoned", "EMBED_UNAVAILABLE"),
        ("failed", "EMBED_RATE_LIMITED"),
    } == set(failed)
    assert {True} == {row["same_work"] for row in repeats}
    assert [] == await broken_promises(house)


async def test_what_may_have_been_billed_is_repeated_twice_in_an_attempt(house: House, embedder: Simulator) -> None:
    """A document that the provider never gets done costs three calls an attempt, each of its own fence and number."""
    jobs = await uploaded(house)
    await embedder.play({"kind": "server_error"})
    await house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 2")
    async with house.worker():
        found = await ends(house, jobs)
    calls = await house.rows(CALLS)

    assert [End("failed_embedding", "EMBED_UNAVAILABLE", 2)] == list(found.values())
    assert [(1, 0), (1, 1), (1, 2), (2, 3), (2, 4), (2, 5)] == [
        (row["lease_epoch"], row["retry_number"]) for row in calls
    ]
    assert [] == await broken_promises(house)


async def test_a_provider_that_is_down_is_asked_no_more_often_than_its_circuit_allows(
    house: House, embedder: Simulator
) -> None:
    """Each repetition is a strike; when the circuit opens, the job learns what the provider said last, and waits."""
    [job_id] = (await uploaded(house)).values()
    await embedder.play({"kind": "overloaded"})
    down = house.with_settings(provider={"failures_to_open": 3, "open_seconds": 600, "open_max_seconds": 600})
    async with down.worker():
        waiting = await house.until(job_id, lambda job: job["error"] is not None)
    [told] = await house.rows("SELECT last_error ->> 'provider_status' AS status FROM upload_pipeline.upload_jobs")

    assert ("EMBED_UNAVAILABLE", 0, "503") == (waiting["error"]["code"], waiting["retry_count"], told["status"])
    assert ["failed"] * 3 == [row["state"] for row in await house.rows(CALLS)]


async def test_a_worker_that_is_told_to_stop_repeats_nothing(
    house: House, outside: Outside, embedder: Simulator
) -> None:
    """The call under way fails after the word to stop: its job meets the error, and is let go."""
    [job_id] = (await uploaded(house)).values()
    await embedder.play({"kind": "overloaded"})
    gate = Gate(outside.openai, "POST", "/v1/embeddings")
    with served(gate.app) as address:
        async with house.with_settings(openai={"base_url": f"{address}/v1"}).worker() as worker:
            async with gate.passed():
                worker.stop()
            job = await house.until(job_id, lambda job: job["error"] is not None)
    [row] = await house.rows("SELECT lease_owner FROM upload_pipeline.upload_jobs")

    assert ("EMBED_UNAVAILABLE", None) == (job["error"]["code"], row["lease_owner"])
    assert ["failed"] == [row["state"] for row in await house.rows(CALLS)]


async def test_a_repetition_passes_the_budget_like_any_purchase(house: House, embedder: Simulator) -> None:
    """What a call that failed may have cost leaves no room for a second one: the job waits, and nobody is asked."""
    [job_id] = (await uploaded(house)).values()
    await embedder.play({"kind": "server_error"})
    tight = house.with_settings(budget={"document_usd": 1.5 * ESTIMATE_USD})
    async with tight.worker():
        waiting = await house.until(job_id, lambda job: job["error"] is not None)

    assert ("BUDGET_REACHED", 0) == (waiting["error"]["code"], waiting["retry_count"])
    assert ["abandoned"] == [row["state"] for row in await house.rows(CALLS)]
