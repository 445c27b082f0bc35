"""chunks_stored → embedding_queued: known vectors are taken over, the rest is planned in batches."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accessa.domain.job import Job
from accessa.pipeline.desk import Desk
from accessa.pipeline.embedding_plan import Planned, plan_missing
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.services import Services
from accessa.store.effects import SharedEffect


async def plan_batches(job: Job, _services: Services, desk: Desk) -> Outcome:
    """Plan only what has to be bought: chunks whose text this user has paid for take the vector they have."""
    return Step(job, write=_write, content=desk)


async def _write(effect: SharedEffect, services: Services, steps: Sequence[Step]) -> Findings:
    desks: dict[UUID, Desk] = {step.job.job_id: step.content for step in steps}
    at_hand = {job_id: desk.rows for job_id, desk in desks.items() if desk.rows is not None}
    plans = await plan_missing(effect, services, [step.job for step in steps], at_hand)
    for step in steps:
        desk = desks[step.job.job_id]
        planned = plans[step.job.job_id]
        desk.planned = planned.batches if isinstance(planned, Planned) else None
    return {job_id: planned.facts if isinstance(planned, Planned) else planned for job_id, planned in plans.items()}
