"""embedding_queued → embedding_in_progress: from here on batches are bought."""

from __future__ import annotations

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services


async def start_embedding(job: Job, services: Services) -> Outcome:
    """Begin to buy."""
    async with services.fenced(job) as effect:
        return await effect.advance(Status.EMBEDDING_IN_PROGRESS)
