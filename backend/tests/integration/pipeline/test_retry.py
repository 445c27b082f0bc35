"""Failed documents: told by their causes, tried again one by one or together, and never bought twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from backend.tests.simulators import Simulator, ends, new_word, page

from accessa.domain.errors import PermanentError
from accessa.domain.job import Job
from accessa.domain.statuses import MOVES, Status, move_from
from accessa.pipeline.services import Services

from .remains import states_of_parses
from .stops import broken_stories, buy_first_batch, stopping

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

# The statuses in which a failed web page has still to be parsed, and the one in which nothing is left to be bought.
UNPARSED = [Status.UPLOADED, Status.PARSE_QUEUED]
EMBEDDED = Status.EMBEDDINGS_STORED


async def fail(job: Job, services: Services) -> None:
    """Fail for good; while batches are bought, only after the first of them."""
    if job.status is Status.EMBEDDING_IN_PROGRESS:
        await buy_first_batch(job, services)
    raise PermanentError("PARSE_FAILED", provider_status=400, provider_body=f'{{"message": "No job {job.job_id}."}}')


def long_page(word: str) -> bytes:
    """Return a web page of several passages."""
    parts = "".join(f"<h2>Part {part} {word}</h2><p>{f'Clause {part} of {word}. ' * 60}</p>" for part in range(8))
    return f"<html><body>{parts}</body></html>".encode()


async def uploaded_for_each_stage(house: House) -> dict[str, Status]:
    """Upload one web page a stage; return the stages by job."""
    accepted = [(await house.upload(long_page(new_word()), "a.html"))["job_id"] for _ in MOVES]
    return dict(zip(accepted, (move.source for move in MOVES), strict=True))


async def test_a_retry_buys_nothing_again_at_whatever_stage_the_job_failed(house: House, outside: Outside) -> None:
    """Each document goes on where it failed: no page and no passage is billed twice, and the price had said so."""
    parser, embedder = Simulator(outside, "llamaparse"), Simulator(outside, "openai")
    await parser.begin()
    await embedder.begin()
    jobs = await uploaded_for_each_stage(house)
    with stopping(dict.fromkeys(jobs.values(), fail), jobs):
        async with house.worker():
            failed = await ends(house, {job: job for job in jobs})
    told = {status: (await house.api.get(f"/jobs/{job}/replay")).json()["replay"] for job, status in jobs.items()}
    groups = (await house.api.get("/jobs/failed")).json()
    answer = (await house.api.post("/jobs/failed/retry", json={"limit": 500})).json()
    async with house.worker():
        ended = await ends(house, {job["job_id"]: job["job_id"] for job in answer["jobs"]})
    again = (await house.api.post("/jobs/failed/retry", json={})).json()

    assert {job: move_from(status).fails_to for job, status in jobs.items()} == {n: e.status for n, e in failed.items()}
    assert (len(MOVES), {"complete"}) == (len(ended), {end.status for end in ended.values()})
    chunks = sum(row["chunks_total"] for row in await house.rows("SELECT chunks_total FROM upload_pipeline.chunk_sets"))
    assert ((len(MOVES), 0), (chunks, 0)) == (await parser.billed(), await embedder.billed())
    assert {status: int(status in UNPARSED) for status in jobs.values()} == {s: row["pages"] for s, row in told.items()}
    assert all(row["pages"] == row["uncounted"] for row in told.values())
    assert [EMBEDDED] == [status for status, row in told.items() if row["cost_usd"] == 0]
    assert 0 < told[Status.EMBEDDING_IN_PROGRESS]["tokens"] < told[Status.EMBEDDING_QUEUED]["tokens"]
    causes = {(row["stage"], row["cause"], row["documents"]) for row in groups["groups"]}
    assert ({(move.stage, "400 No job #.", 1) for move in MOVES}, len(MOVES)) == (causes, groups["documents"])
    assert ({"jobs": [], "next_cursor": None}, []) == (again, await broken_stories(house))


async def test_what_a_crashing_document_had_ordered_is_called_off(house: House, outside: Outside) -> None:
    """Its parse may still be under way when it is given up: it is stopped, and the retry's is the only one billed."""
    parser = Simulator(outside, "llamaparse")
    await parser.begin()
    await parser.play(delay=60)
    accepted = await house.upload(page(new_word()), "a.html")
    async with house.worker():
        await house.until(accepted["job_id"], lambda job: job["status"] == "parse_queued")
    await house.rows(
        "UPDATE upload_pipeline.upload_jobs SET crash_count = 3, lease_owner = 'a dead worker', available_at = now()"
    )
    async with house.worker():
        crashed = await house.ended(accepted["job_id"])
    await parser.play(delay=0)
    retried = (await house.api.post(f"/jobs/{accepted['job_id']}/retry")).json()
    async with house.worker():
        job = await house.ended(retried["job_id"])

    assert ("WORKER_CRASHED", "complete") == (crashed["error"]["code"], job["status"])
    assert ["CANCELLED", "COMPLETED"] == sorted(await states_of_parses(outside, accepted["document_id"]))
    assert (1, 0) == await parser.billed()


async def failed_with(house: House, codes: dict[str, int]) -> None:
    """Have documents fail with these codes, as many as are named for each."""
    wanted = {(await house.upload(page(new_word()), "a.html"))["job_id"]: code for code in Counter(codes).elements()}

    async def fail_with(job: Job, _services: Services) -> None:
        raise PermanentError(wanted[str(job.job_id)])

    with stopping({Status.UPLOADED: fail_with}, dict.fromkeys(wanted, Status.UPLOADED)):
        async with house.worker():
            await ends(house, {job: job for job in wanted})


async def test_many_are_retried_in_batches_and_each_of_them_once(house: House) -> None:
    """All goes without what a retry cannot help; two that retry at once open one job a document, and events say who."""
    await failed_with(house, {"PARSE_TIMEOUT": 5, "NEEDS_OCR": 2, "PARSE_INCOMPLETE": 1})
    with_code = (await house.api.get("/jobs/failed", params={"code": "NEEDS_OCR"})).json()
    first = (await house.api.post("/jobs/failed/retry", json={"limit": 2})).json()
    follow = {"limit": 2, "cursor": first["next_cursor"]}
    both = await asyncio.gather(*(house.api.post("/jobs/failed/retry", json=follow) for _ in range(2)))
    rest = (await house.api.post("/jobs/failed/retry", json={"code": "NEEDS_OCR"})).json()
    left = (await house.api.post("/jobs/failed/retry", json={})).json()
    documents = [
        row["document_id"] for answer in (first, *(a.json() for a in both), rest, left) for row in answer["jobs"]
    ]
    told = await house.rows(
        "SELECT payload ->> 'by' AS by, payload ->> 'how' AS how FROM upload_pipeline.events"
        " WHERE code = 'JOB_REOPENED'"
    )

    assert [("NEEDS_OCR", 2, "useless")] == [(g["code"], g["documents"], g["retry"]) for g in with_code["groups"]]
    assert (8, 8, 2) == (len(documents), len(set(documents)), len(rest["jobs"]))
    assert {(house.api.headers["X-User-Id"], "all"): 6, (house.api.headers["X-User-Id"], "code"): 2} == Counter(
        (row["by"], row["how"]) for row in told
    )
    assert {"groups": [], "documents": 0} == (await house.api.get("/jobs/failed")).json()


async def test_a_job_that_was_retried_is_not_retried_again(house: House) -> None:
    """An older job of a document tells what became of its retry; another user has nothing to retry."""
    await failed_with(house, {"PARSE_TIMEOUT": 1})
    [old] = (await house.api.get("/jobs")).json()["jobs"]
    new = (await house.api.post(f"/jobs/{old['job_id']}/retry")).json()
    async with house.worker():
        await house.ended(new["job_id"])
    refused = (await house.api.post(f"/jobs/{old['job_id']}/retry")).json()["error"]
    stranger = {"X-User-Id": str(UUID(int=7))}
    foreign = await house.api.get(f"/jobs/{old['job_id']}/replay", headers=stranger)

    assert ("JOB_NOT_FAILED", f"This job was retried already: job {new['job_id']} is complete.") == (
        refused["code"],
        refused["message"],
    )
    assert 404 == foreign.status_code


@pytest.mark.parametrize(
    ("until", "failed_at"),
    [
        ("x", "y"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"),
        ("2026-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"),
        ("9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+00:00"),
    ],
    ids=["words", "no zone", "before all time", "after all time"],
)
async def test_a_cursor_of_ones_own_making_is_refused(house: House, until: str, failed_at: str) -> None:
    """It is told to be none that an answer has given; a code that could be none is refused as well."""
    cursor = f"{until}/{failed_at}/{UUID(int=7)}"
    answers = [
        await house.api.post("/jobs/failed/retry", json={"cursor": cursor}),
        await house.api.get("/jobs/failed", params={"code": "\0"}),
    ]

    assert [(422, "BAD_REQUEST")] * 2 == [(answer.status_code, answer.json()["error"]["code"]) for answer in answers]


@pytest.mark.parametrize("counted", [True, False])
async def test_a_retry_by_the_worker_tells_the_attempt_and_when_it_is_due(house: House, *, counted: bool) -> None:
    """Its event says which attempt of how many comes next and when; an outage or a full minute counts for nothing."""
    simulator = Simulator(house.outside, "llamaparse")
    accepted = await house.upload(page(new_word()), "a.html")
    kind = "server_error" if counted else "rate_limit"
    await simulator.play({"kind": kind, "document": accepted["document_id"], "times": 2})
    async with house.worker():
        job = await house.ended(accepted["job_id"])
    await simulator.play()
    rests = [event for event in await house.events(accepted["job_id"]) if event["code"] == "RETRY_SCHEDULED"]
    told = [(event["payload"]["attempt"], event["payload"]["max_attempts"]) for event in rests]

    assert ("complete", 2 if counted else 0) == (job["status"], job["retry_count"])
    assert ([(2, 8), (3, 8)] if counted else [(1, 8)] * len(rests)) == told
    assert all(event["payload"]["due_at"] > job["created_at"] for event in rests)
