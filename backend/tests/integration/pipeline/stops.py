"""Stages that stop on purpose: what tests put in the place of a stage, so that a document meets something there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.desk import Desk
from accessa.pipeline.embedding_requests import EmbeddingRequests
from accessa.pipeline.outcome import Outcome, Stage
from accessa.pipeline.services import Services
from accessa.pipeline.stages import STAGES
from accessa.store import vectors
from accessa.store.chunks import select_texts

if TYPE_CHECKING:
    from backend.tests.house import House

Stop = Callable[[Job, Services], Awaitable[None]]

# Each of these must find no row, whatever was done to jobs and when.
BROKEN_STORIES = {
    "a chain of moves is broken, or the row says something else": """
        WITH moves AS (
            SELECT *, lag(to_status, 1, 'uploaded') OVER job AS before, lead(event_id) OVER job AS later
            FROM upload_pipeline.events WHERE type = 'transition' WINDOW job AS (PARTITION BY job_id ORDER BY event_id)
        )
        SELECT job_id FROM moves WHERE from_status <> before
        UNION ALL
        SELECT j.job_id FROM upload_pipeline.upload_jobs j LEFT JOIN moves m ON m.job_id = j.job_id AND m.later IS NULL
        WHERE j.status <> coalesce(m.to_status, 'uploaded')""",
    "the epoch is not the number of claims": """
        SELECT j.job_id FROM upload_pipeline.upload_jobs j WHERE lease_epoch <> (
            SELECT count(*) FROM upload_pipeline.events e WHERE e.job_id = j.job_id AND e.type = 'claimed')""",
    "an ended job has an owner, or its last claim no end": """
        SELECT j.job_id FROM upload_pipeline.upload_jobs j WHERE processing_completed_at IS NOT NULL AND (
            lease_owner IS NOT NULL OR lease_epoch > 0 AND NOT EXISTS (
                SELECT FROM upload_pipeline.events e
                WHERE e.job_id = j.job_id AND e.type = 'released' AND e.lease_epoch = j.lease_epoch))""",
    "something happened after the end": """
        SELECT e.job_id FROM upload_pipeline.events e JOIN upload_pipeline.events ending
            ON ending.job_id = e.job_id AND ending.type = 'transition' AND ending.event_id < e.event_id
            AND (ending.to_status = 'complete' OR ending.to_status LIKE 'failed%')
        WHERE e.type IN ('claimed', 'transition', 'paid_intent', 'paid_recorded', 'error')""",
}


async def buy_first_batch(job: Job, services: Services) -> None:
    """Buy the first of the batches that the job has open."""
    [batch, *_] = await vectors.select_open_batches(services.database, job.job_id)
    chunks = await select_texts(services.database, job.require_set(), batch.chunk_ordinals)
    await EmbeddingRequests().buy(services, job, batch, chunks)


def in_the_database(status: Status) -> Status:
    """Return the status that others see of a parsed web page while its worker is about to leave `status`.

    What needs no provider is written in one go.
    """
    prepared = {Status.PARSE_VALIDATED, Status.CHUNKING, Status.CHUNKS_STORED, Status.EMBEDDING_QUEUED}
    if status in prepared:
        return Status.PARSED
    return Status.EMBEDDING_IN_PROGRESS if status is Status.EMBEDDINGS_STORED else status


async def broken_stories(house: House) -> list[str]:
    """Name what no job may be, as far as one is."""
    return [name for name, sql in BROKEN_STORIES.items() if await house.rows(sql)]


@contextmanager
def stopping(stops: Mapping[Status, Stop], jobs: Mapping[str, Status]) -> Iterator[None]:
    """Have each of `jobs` meet the stop of its status before that stage runs; all other jobs run as ever."""

    def with_stop(status: Status, stage: Stage) -> Stage:
        async def stopped(job: Job, services: Services, desk: Desk) -> Outcome:
            if jobs.get(str(job.job_id)) is status:
                await stops[status](job, services)
            return await stage(job, services, desk)

        return stopped

    with patch.dict(STAGES, {status: with_stop(status, stage) for status, stage in STAGES.items()}):
        yield
