"""One test for each guard that the promises rest on: without the guard it fails, as `make mutations` shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from accessa.domain.errors import LeaseLostError
from accessa.domain.statuses import Status

from .job_desk import JobDesk, opened_desk

if TYPE_CHECKING:
    from backend.tests.house import House

USER = uuid4()
# A claim that waits for a lock would wait for ever: this is how long it is given to show that it does not.
PATIENCE_SECONDS = 5


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[JobDesk]:
    """A desk in a fresh database."""
    async with opened_desk(database_url) as opened:
        yield opened


async def test_a_job_to_which_a_row_is_being_added_is_claimed_all_the_same(desk: JobDesk, database_url: str) -> None:
    """An open transaction that adds a row below a job, as each webhook does, does not hide the job from claims."""
    document, job = await desk.upload(USER)
    other = await asyncpg.connect(database_url)
    try:
        async with other.transaction():
            await other.execute(
                "INSERT INTO upload_pipeline.embedding_batches (job_id, batch_ord, chunk_ords, call_key)"
                " VALUES ($1, 0, '{0}', 'k')",
                job,
            )
            claimed = await desk.claim("worker-1", 1)
    finally:
        await other.close()

    assert [(document, job)] == [(found.document_id, found.job_id) for found in claimed]


async def test_a_claim_does_not_wait_for_a_job_that_is_locked(desk: JobDesk, database_url: str) -> None:
    """While somebody holds one job's row, the next job is claimed at once."""
    _, held = await desk.upload(USER)
    _, free = await desk.upload(USER)
    other = await asyncpg.connect(database_url)
    try:
        async with other.transaction(), asyncio.timeout(PATIENCE_SECONDS):
            await other.execute("SELECT FROM upload_pipeline.upload_jobs WHERE job_id = $1 FOR UPDATE", held)
            claimed = await desk.claim("worker-1", 2)
    finally:
        await other.close()

    assert [free] == [job.job_id for job in claimed]


@pytest.mark.fault("I6", "the same file thirty times at once", "one document, one job, the same ids", "S11")
async def test_the_same_bytes_sent_at_the_same_moment_are_one_document(house: House) -> None:
    """Whoever sends the same file again, even at the same moment, gets the ids of the one document that it is."""
    content = f"# {uuid4()}\n\nWater damage is covered.\n".encode()
    answers = await asyncio.gather(*(house.upload(content, "a.md") for _ in range(30)))

    assert 1 == len({(answer["document_id"], answer["job_id"]) for answer in answers})


async def test_a_batch_that_is_recorded_is_not_bought_again(desk: JobDesk) -> None:
    """A worker that takes over after the vectors were stored finds nothing left to buy."""
    await desk.upload(USER)
    (job,) = await desk.claim("worker-1", 1)
    while job.status is not Status.EMBEDDING_IN_PROGRESS:
        job = await desk.advance(job)
    bought = await desk.intend(job)
    assert bought is not None
    await desk.record(job, *bought)
    await desk.pass_time(job.job_id)
    (again,) = await desk.claim("worker-2", 1)

    assert await desk.intend(again) is None


async def test_the_former_life_of_a_worker_writes_nothing(desk: JobDesk) -> None:
    """A worker that claims a job anew, after its lease ran out, shuts out what it had begun before."""
    await desk.upload(USER)
    (before,) = await desk.claim("worker-1", 1)
    while before.status is not Status.EMBEDDING_IN_PROGRESS:
        before = await desk.advance(before)
    await desk.pass_time(before.job_id)
    (now,) = await desk.claim("worker-1", 1)

    for attempt in (desk.intend(before), desk.fail(before, final=False)):
        with pytest.raises(LeaseLostError):
            await attempt
    assert await desk.intend(now) is not None


async def test_a_webhook_is_taken_once(desk: JobDesk) -> None:
    """The same delivery, come again while its parse is still awaited, changes nothing; another one is taken."""
    _, job_id = await desk.upload(USER)
    (job,) = await desk.claim("worker-1", 1)
    await desk.wait(await desk.advance(job))

    assert [True, False, True] == [await desk.webhook(job_id, delivery) for delivery in (0, 0, 1)]


async def test_of_two_workers_the_one_that_was_replaced_writes_nothing(desk: JobDesk) -> None:
    """A worker that wakes up after another took its job over cannot move, fail, release or record anything."""
    await desk.upload(USER)
    (late,) = await desk.claim("worker-1", 1)
    await desk.pass_time(late.job_id)
    (now,) = await desk.claim("worker-2", 1)

    for attempt in (desk.advance(late), desk.wait(late), desk.fail(late, final=True)):
        with pytest.raises(LeaseLostError):
            await attempt
    assert (False, False) == (await desk.renew(late), await desk.hand_back(late))
    assert Status.PARSE_QUEUED is (await desk.advance(now)).status
