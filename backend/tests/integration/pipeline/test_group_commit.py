"""Steps that become ready at any moment of a shared transaction: none of them is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest
from backend.tests.faults.job_desk import JobDesk, opened_desk
from backend.tests.house import PATIENCE_SECONDS

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.group_commit import GroupCommit
from accessa.pipeline.outcome import Step
from accessa.pipeline.services import Services
from accessa.store.effects import Facts, SharedEffect

# A transaction ends in a few turns of the event loop; a step comes after each number of them, and in any case after it.
MOST_TURNS = 8


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[JobDesk]:
    """A database with jobs, and what their stages store there."""
    async with opened_desk(database_url) as opened:
        yield opened


async def walk(desk: JobDesk, job: Job, commits: GroupCommit, turns: int) -> Job:
    """Take a job to its embedding, each step `turns` turns of the event loop after the one before has landed."""

    async def write(effect: SharedEffect, _: Services, steps: Sequence[Step]) -> dict[UUID, Facts]:
        return {step.job.job_id: Facts(**await desk.store(effect.connection, step.job)) for step in steps}

    while job.status is not Status.EMBEDDING_IN_PROGRESS:
        job = (await commits.commit(desk.services, [Step(job, write=write)])).job
        for _ in range(turns):
            await asyncio.sleep(0)
    return job


@pytest.mark.parametrize("together", [1, 4])
async def test_a_step_is_written_whenever_it_comes(desk: JobDesk, together: int) -> None:
    """A step that comes just as those before it have been written waits for nobody, who might never come."""
    for _ in range(together * (MOST_TURNS + 1)):
        await desk.upload(uuid4())
    commits, arrived = GroupCommit(), []
    async with asyncio.timeout(PATIENCE_SECONDS):
        for turns in range(MOST_TURNS + 1):
            jobs = await desk.claim("worker-1", together)
            arrived += await asyncio.gather(*(walk(desk, job, commits, turns) for job in jobs))

    assert {Status.EMBEDDING_IN_PROGRESS} == {job.status for job in arrived}
    assert together * (MOST_TURNS + 1) == len({job.job_id for job in arrived})
    assert {job.job_id for job in arrived} == set(await desk.jobs())
