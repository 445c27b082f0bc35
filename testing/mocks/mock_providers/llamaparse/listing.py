"""Listing parse jobs: filters, pages, newest first."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from mock_providers.llamaparse.job_store import Job, JobStore
from mock_providers.llamaparse.results import job_view

Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"]


class ListQuery(BaseModel):
    """The query of `GET /api/v2/parse`."""

    page_size: Annotated[int, Field(ge=1, le=1000)] = 50
    page_token: Annotated[int, Field(ge=1, le=sys.maxsize)] = sys.maxsize
    status: Status | None = None
    job_ids: list[str] | None = None
    created_at_on_or_after: datetime | None = None
    created_at_on_or_before: datetime | None = None


def job_listing(store: JobStore, query: ListQuery) -> dict[str, Any]:
    """Return one page of jobs, and the token of the next if there may be one."""
    jobs = _named(store, query.job_ids) if query.job_ids else _filtered(store, query)
    full = not query.job_ids and len(jobs) == query.page_size
    token = str(jobs[-1].place) if full else None
    return {"items": [job_view(job) for job in jobs], "next_page_token": token, "total_size": None}


def _named(store: JobStore, job_ids: list[str]) -> list[Job]:
    return [job for job_id in job_ids if (job := store.find(job_id))]


def _filtered(store: JobStore, query: ListQuery) -> list[Job]:
    since, until = query.created_at_on_or_after, query.created_at_on_or_before
    filters = {
        "status": query.status,
        "since": since.timestamp() if since else None,
        "until": until.timestamp() if until else None,
    }
    return store.newest(filters, query.page_token, query.page_size)
