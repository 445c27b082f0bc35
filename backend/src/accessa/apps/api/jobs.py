"""Endpoints of jobs; a document's id stands for its newest job."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from accessa.apps.api.answers import (
    CancelAnswer,
    EventAnswer,
    EventsAnswer,
    JobAnswer,
    JobsAnswer,
    RetryAnswer,
    job_answer,
)
from accessa.apps.api.request_scope import ServicesOf, Subject, UserId, name_job
from accessa.domain.errors import UsageError
from accessa.domain.statuses import Status
from accessa.pipeline.cancel_job import cancel_job
from accessa.pipeline.retry_job import retry_job
from accessa.pipeline.services import Services
from accessa.store.jobs import select_events, select_jobs
from accessa.telemetry.log_context import present_correlation_id

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("")
async def list_jobs(
    services: ServicesOf,
    user: UserId,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JobsAnswer:
    """List the user's jobs, newest first."""
    rows = await select_jobs(services.database, user, status=status, limit=limit)
    return JobsAnswer(jobs=[job_answer(row) for row in rows])


@router.get("/{subject}")
async def show_job(services: ServicesOf, user: UserId, subject: Subject) -> JobAnswer:
    """Show one job of the user."""
    return await _find(services, user, subject)


@router.get("/{subject}/events")
async def list_events(services: ServicesOf, user: UserId, subject: Subject) -> EventsAnswer:
    """Tell what happened to a job, oldest first."""
    job = await _find(services, user, subject)
    rows = await select_events(services.database, user, job.job_id)
    return EventsAnswer(events=[EventAnswer(**row) for row in rows])


@router.post("/{subject}/retry", status_code=202)
async def retry(services: ServicesOf, user: UserId, subject: Subject) -> RetryAnswer:
    """Open a new job for a failed document; what was stored and paid for is used again."""
    opened = await retry_job(services, user, subject, correlation_id=present_correlation_id())
    name_job(opened["job_id"], opened["document_id"])
    return RetryAnswer(**opened)


@router.post("/{subject}/cancel")
async def cancel(services: ServicesOf, user: UserId, subject: Subject) -> CancelAnswer:
    """End a job that is on its way: it fails as JOB_CANCELLED where it stands, and nothing more is bought for it.

    What it had stored is kept for a retry. A job that was cancelled before is answered in the same way.
    """
    ended = await cancel_job(services, user, subject)
    name_job(ended.job_id, ended.document_id)
    return CancelAnswer.model_validate(ended, from_attributes=True)


async def _find(services: Services, user: UUID, subject: UUID) -> JobAnswer:
    rows = await select_jobs(services.database, user, subject=subject, limit=1)
    if not rows:
        raise UsageError("NOT_FOUND")
    name_job(rows[0]["job_id"], rows[0]["document_id"])
    return job_answer(rows[0])
