"""embedding_queued → embedding_in_progress: from here on batches are bought."""

from __future__ import annotations

from accessa.domain.job import Job
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Outcome, Step
from accessa.pipeline.services import Services


async def start_embedding(job: Job, _services: Services, _desk: Desk) -> Outcome:
    """Begin to buy."""
    return Step(job)
