"""Endpoints of dead letters: what failed and why, what another try would cost, and a retry of many."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from accessa.apps.api.request_scope import ServicesOf, Subject, UserId
from accessa.domain.error_catalogue import CATALOGUE, Retry
from accessa.pipeline.dead_letters import DeadLetterGroup, group_dead_letters, price_one
from accessa.pipeline.replay_price import ReplayPrice
from accessa.pipeline.retry_job import retry_failed

router = APIRouter(prefix="/jobs", tags=["failed jobs"])

_MOST_AT_ONCE = 500
Code = Annotated[str, Field(pattern="^[A-Z_]{1,60}$", examples=["PARSE_TIMEOUT"])]


class ReplayAnswer(BaseModel):
    """What another try would buy at the present prices; nothing of what was bought before."""

    pages: int = Field(description="Pages still to be parsed", examples=[0])
    tokens: int = Field(description="Tokens of text without vectors, about", examples=[1900])
    cost_usd: float = Field(examples=[0.000038])
    uncounted: int = Field(
        description="Documents whose pages nobody has counted; each is taken to have one: the cost is the least",
        examples=[0],
    )


class FailedGroupAnswer(BaseModel):
    """Documents that failed with one code, at one stage, over the same words, whatever ids and numbers are in them."""

    code: str = Field(examples=["PARSE_TIMEOUT"])
    sentence: str | None = Field(description="What the code means; null for one that this version does not know")
    stage: str = Field(examples=["collect_parse"])
    cause: str = Field(description="The provider's status and words without ids and numbers, or empty")
    documents: int
    first_failed_at: datetime
    last_failed_at: datetime
    sample_job_id: UUID
    sample_document_id: UUID
    retry: Retry = Field(description="What a retry is worth")
    replay: ReplayAnswer
    priced_documents: int = Field(description="How many documents the price is reckoned from")


class FailedJobsAnswer(BaseModel):
    """Documents whose newest job failed, in groups, the largest first; `documents` counts those of all groups."""

    groups: list[FailedGroupAnswer]
    documents: int


class JobReplayAnswer(BaseModel):
    """What a retry of one failed job is worth, and what it would buy."""

    job_id: UUID
    retry: Retry
    replay: ReplayAnswer


class BulkRetry(BaseModel):
    """Which failed documents to try again."""

    model_config = ConfigDict(extra="forbid")

    code: Code | None = Field(None, description="Only those with this code; null: all that a retry may help")
    limit: int = Field(100, ge=1, le=_MOST_AT_ONCE, description="Most documents of this one request")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the answer before")


class NewJobAnswer(BaseModel):
    """A new job of a failed document."""

    job_id: UUID
    document_id: UUID


class BulkRetryAnswer(BaseModel):
    """One batch of new jobs; ask again with `next_cursor` until it is null."""

    jobs: list[NewJobAnswer]
    next_cursor: str | None


@router.get("/failed")
async def list_failed(
    services: ServicesOf, user: UserId, code: Annotated[Code | None, Query()] = None
) -> FailedJobsAnswer:
    """Tell what failed and why, in groups; a document that was tried again since is not among them."""
    found = await group_dead_letters(services, user, code)
    return FailedJobsAnswer(groups=[_group(group) for group in found.groups], documents=found.documents)


@router.post("/failed/retry", status_code=202)
async def retry_many(services: ServicesOf, user: UserId, wanted: BulkRetry) -> BulkRetryAnswer:
    """Open new jobs for failed documents, oldest failure first, a batch a request.

    Without a code those are left out that a retry cannot help and those that were cancelled. The same request made
    twice opens no job twice.
    """
    batch = await retry_failed(services, user, code=wanted.code, cursor=wanted.cursor, most=wanted.limit)
    jobs = [NewJobAnswer(job_id=job["job_id"], document_id=job["document_id"]) for job in batch.jobs]
    return BulkRetryAnswer(jobs=jobs, next_cursor=batch.next_cursor)


@router.get("/{subject}/replay")
async def show_replay(services: ServicesOf, user: UserId, subject: Subject) -> JobReplayAnswer:
    """Tell what a retry of a failed job is worth, and what it would buy."""
    job_id, worth, price = await price_one(services, user, subject)
    return JobReplayAnswer(job_id=job_id, retry=worth, replay=_replay(price))


def _group(group: DeadLetterGroup) -> FailedGroupAnswer:
    entry = CATALOGUE.get(group.code)
    return FailedGroupAnswer(
        code=group.code,
        sentence=entry.sentence if entry else None,
        stage=group.stage,
        cause=group.cause,
        documents=group.documents,
        first_failed_at=group.first_failed_at,
        last_failed_at=group.last_failed_at,
        sample_job_id=group.sample_job,
        sample_document_id=group.sample_document,
        retry=group.retry,
        replay=_replay(group.replay),
        priced_documents=group.priced,
    )


def _replay(price: ReplayPrice) -> ReplayAnswer:
    return ReplayAnswer(pages=price.pages, tokens=price.tokens, cost_usd=float(price.usd), uncounted=price.uncounted)
