"""chunks_stored → embedding_queued: known vectors are taken over, the rest is planned in batches."""

from __future__ import annotations

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.embedding_plan import plan_missing
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services


async def plan_batches(job: Job, services: Services) -> Outcome:
    """Plan only what has to be bought: chunks whose text this user has paid for take the vector they have."""
    async with services.fenced(job) as effect:
        progress = await plan_missing(effect, services)
        return await effect.advance(Status.EMBEDDING_QUEUED, progress=progress)
