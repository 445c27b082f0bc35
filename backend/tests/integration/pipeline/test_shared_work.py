"""Jobs that share a transaction and an embedding request: what befalls one of them is no matter of the others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from backend.tests.house import served
from backend.tests.simulators import WELL, End, Simulator, ends, new_word

from accessa.domain.batching import shared_out
from accessa.store.statements import load

from .gate import Gate
from .stops import broken_stories

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

DOCUMENTS = 12
TOKENS = "SELECT sum(tokens) AS tokens, count(*) AS calls FROM upload_pipeline.provider_calls WHERE state = 'recorded'"
TRANSACTIONS = """
SELECT count(DISTINCT e.xmin::text) AS shared, count(DISTINCT e.job_id) AS jobs
FROM upload_pipeline.events e WHERE e.code = 'DOCUMENT_PUBLISHED'
"""
CALLS_OF_EMBEDDER: tuple[tuple[str, *tuple[object, ...]], ...] = (
    ("sight_spending",),
    ("report_calls", 3600.0),
    ("summarise_provider_calls_by_minute", datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)),
)
REFUSE = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$",
    (
        "CREATE TRIGGER a_refusal BEFORE INSERT ON upload_pipeline.document_chunk_buffer"
        " FOR EACH ROW WHEN (NEW.text LIKE '%{word}%') EXECUTE FUNCTION refuse()"
    ),
)
FEW_ATTEMPTS = "UPDATE upload_pipeline.upload_jobs SET max_attempts = $1"
CLAIMS = """
SELECT payload ->> 'worker' AS worker FROM upload_pipeline.events
WHERE job_id = $1::text::uuid AND code = 'JOB_CLAIMED'
"""
VECTORS = """
SELECT count(*) FROM upload_pipeline.document_vector_buffer v
JOIN upload_pipeline.upload_jobs j USING (document_id) WHERE j.job_id = $1::text::uuid
"""


async def counted_calls(house: House, statement: str, *told: object) -> int:
    """Return how many calls a figure of the monitoring counts, of a house whose documents are plain texts."""
    return sum(row["calls"] for row in await house.rows(load(statement), *told))


async def uploaded(house: House) -> dict[str, str]:
    """Upload small texts; return their jobs by the word that each is about."""
    words = [new_word() for _ in range(DOCUMENTS)]
    return {word: (await house.upload(f"A sentence on {word}.".encode(), "a.txt"))["job_id"] for word in words}


def all_well_but(jobs: dict[str, str], word: str, end: End) -> dict[str, End]:
    """Return how all documents are to end, one of them otherwise."""
    return dict.fromkeys(jobs, WELL) | {word: end}


async def test_small_documents_share_calls_and_commits(house: House, embedder: Simulator) -> None:
    """Fewer calls and commits are made than documents, whose bills add up to that of the provider."""
    jobs = await uploaded(house)
    async with house.worker(jobs_at_once=DOCUMENTS):
        found = await ends(house, jobs)
    bill = await embedder.rows()
    [ours] = await house.rows(TOKENS)
    [committed] = await house.rows(TRANSACTIONS)

    assert dict.fromkeys(jobs, WELL) == found
    assert (DOCUMENTS, sum(row["quantity"] for row in bill)) == (ours["calls"], ours["tokens"])
    requests = len({row["request_id"] for row in bill})
    assert requests < DOCUMENTS
    assert [requests] * 3 == [await counted_calls(house, statement, *told) for statement, *told in CALLS_OF_EMBEDDER]
    assert committed["shared"] < committed["jobs"] == DOCUMENTS


async def test_a_document_that_the_provider_cannot_embed_spoils_no_other(house: House, embedder: Simulator) -> None:
    """The answer to a shared call is useless because of one document: that one fails in the end, all others do not."""
    jobs = await uploaded(house)
    poison = next(iter(jobs))
    await embedder.play({"kind": "nan_vector", "document": poison})
    await house.rows(FEW_ATTEMPTS, 3)
    async with house.worker(jobs_at_once=DOCUMENTS):
        found = await ends(house, jobs)
    failed = found.pop(poison)

    assert ("failed_embedding", "EMBED_BAD_RESPONSE", 3) == (failed.status, failed.code, failed.attempts)
    assert {"complete"} == {end.status for end in found.values()}
    assert {True} == {end.attempts <= 1 for end in found.values()}
    assert [] == await broken_stories(house)


async def test_a_text_that_is_refused_is_the_only_one_refused(house: House, embedder: Simulator) -> None:
    """A call that is refused for the length of one text is repeated text by text, and costs the others no attempt."""
    jobs = await uploaded(house)
    long = next(iter(jobs))
    await embedder.play({"kind": "input_too_long", "document": long, "value": 0})
    async with house.worker(jobs_at_once=DOCUMENTS):
        found = await ends(house, jobs)

    assert all_well_but(jobs, long, End("failed_embedding", "EMBED_INPUT_TOO_LONG")) == found
    assert (DOCUMENTS - 1, 0) == await embedder.billed()


async def test_rows_that_the_database_refuses_are_those_of_one_job(house: House, embedder: Simulator) -> None:
    """A transaction that one job's rows make fail is repeated job by job, so that only that job meets the error."""
    jobs = await uploaded(house)
    refused = next(iter(jobs))
    for statement in REFUSE:
        await house.rows(statement.format(word=refused))
    await house.rows(FEW_ATTEMPTS, 1)
    async with house.worker(jobs_at_once=DOCUMENTS):
        found = await ends(house, jobs)

    assert all_well_but(jobs, refused, End("failed_parse", "INTERNAL", 1)) == found
    assert (DOCUMENTS - 1, 0) == await embedder.billed()


async def test_a_job_that_is_cancelled_in_a_shared_call_leaves_the_others_in_it(
    house: House, outside: Outside, embedder: Simulator
) -> None:
    """Its vectors are paid for and not stored; those of the others come in the same answer and are."""
    jobs = await uploaded(house)
    word, cancelled = next(iter(jobs.items()))
    gate = Gate(outside.openai, "POST", "/v1/embeddings", after=True)
    with served(gate.app) as address:
        shared = house.with_settings(openai={"base_url": f"{address}/v1"}, embed={"batches_in_flight": 1})
        async with shared.worker(jobs_at_once=DOCUMENTS):
            async with gate.passed():
                await house.until(cancelled, lambda job: job["status"] == "embedding_in_progress")
                answer = await house.api.post(f"/jobs/{cancelled}/cancel")
            found = await ends(house, jobs)

    assert 200 == answer.status_code
    assert all_well_but(jobs, word, End("failed_embedding", "JOB_CANCELLED")) == found
    assert 0 == (await house.rows(VECTORS, cancelled))[0]["count"]
    assert 0 == (await embedder.billed())[1]


async def test_a_worker_whose_memory_is_full_leaves_the_rest_to_others(house: House, outside: Outside) -> None:
    """Three large texts fill a worker that waits for an answer; a small one that comes then is another worker's."""
    gate = Gate(outside.openai, "POST", "/v1/embeddings")
    with served(gate.app) as address:
        busy = house.with_settings(
            openai={"base_url": f"{address}/v1"}, embed={"batches_in_flight": 1}, worker={"poll_seconds": 0.02}
        )
        async with busy.worker():
            large = [await house.upload(f"{new_word()} ".encode() * 28_000, "large.txt") for _ in range(3)]
            async with gate.passed():
                for answer in large:
                    await claimed_by(house, answer["job_id"])
                small = (await house.upload(f"A sentence on {new_word()}.".encode(), "a.txt"))["job_id"]
                async with house.worker() as other:
                    owner = await claimed_by(house, small)
                    found = await ends(house, {"small": small})
            found |= await ends(house, {answer["job_id"]: answer["job_id"] for answer in large})

    assert other.worker_id == owner
    assert {WELL} == set(found.values())


async def claimed_by(house: House, job_id: str) -> str:
    """Wait until a job is claimed; return by whom."""
    while not (rows := await house.rows(CLAIMS, job_id)):
        await asyncio.sleep(0.02)
    return str(rows[0]["worker"])


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [(10, [1, 1, 1], [4, 3, 3]), (7, [3, 0, 4], [3, 0, 4]), (1, [2, 9], [0, 1]), (0, [5], [0])],
)
def test_shares_are_whole_and_add_up(total: int, weights: list[int], shares: list[int]) -> None:
    """Tokens that are told for a whole call are charged without a rest, and by weight."""
    assert shares == shared_out(total, weights)
