"""Ends a job that is on its way: its holder loses it at once, and what the providers still do for it is called off."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accessa.domain.errors import AccessaError, UsageError
from accessa.domain.statuses import FAILED, TERMINAL, Status, move_from
from accessa.pipeline.calling_off import call_off
from accessa.pipeline.services import Services
from accessa.store import cancellations
from accessa.store.cancellations import CANCELLED, LockedJob
from accessa.telemetry.log_context import note


@dataclass(frozen=True, slots=True)
class Cancellation:
    """How a cancelled job ended; `cancelled_before` says that it was nothing new.

    `left_at_providers` counts orders that could not be called off yet; cancelling again tries once more.
    """

    job_id: UUID
    document_id: UUID
    status: Status
    cancelled_before: bool
    left_at_providers: int


async def cancel_job(services: Services, user_id: UUID, subject: UUID) -> Cancellation:
    """End the job (`subject`: its id, or that of a document for its newest one) as failed where it stands.

    Raises `UsageError` NOT_FOUND, or JOB_ENDED for one that is complete or has failed by itself.
    """
    async with services.database.transaction() as connection:
        job = await cancellations.lock_job(connection, user_id, subject)
        if job is None:
            raise UsageError("NOT_FOUND")
        note(job_id=str(job.job_id), document_id=str(job.document_id))
        before = job.status in FAILED and job.code == CANCELLED
        if job.status in TERMINAL and not before:
            raise _has_ended(job)
        status = job.status if before else await cancellations.end(connection, job, user_id, _last_words(job))
    # A worker that held the job may be about to send an order: what it finds to have been in vain it calls off itself.
    left = await call_off(services, job.job_id, may_still_come=_may_be_at_it(services, job))
    return Cancellation(job.job_id, job.document_id, status, before, left)


def _may_be_at_it(services: Services, job: LockedJob) -> bool:
    """Whether a worker may not know yet that it lost the job: for a lease at most, however often one cancels again."""
    if job.ended_seconds_ago is None:
        return job.lease_owner is not None
    return job.ended_seconds_ago < services.settings.worker.lease_seconds


def _last_words(job: LockedJob) -> dict[str, object]:
    row = AccessaError(CANCELLED).as_row()
    return {**row, "stage": move_from(job.status).stage, "cause": ""}


def _has_ended(job: LockedJob) -> UsageError:
    if job.status in FAILED:
        return UsageError("JOB_ENDED", f"The job has failed by itself ({job.code}), so there is nothing to cancel.")
    return UsageError("JOB_ENDED", "The job is complete; to remove its document again: accessa documents delete")
