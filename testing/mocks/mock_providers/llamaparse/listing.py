"""Listing parse jobs: filters, pages, newest first."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from mock_providers.llamaparse.job_store import JobStore
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
    """Return one page of jobs, and the token of the next if there is one."""
    filters = {
        "status": query.status,
        "job_ids": json.dumps(query.job_ids) if query.job_ids else None,
        "since": _seconds(query.created_at_on_or_after),
        "until": _seconds(query.created_at_on_or_before),
    }
    jobs = store.newest(filters, query.page_token, query.page_size + 1)
    shown = jobs[: query.page_size]
    token = str(shown[-1].place) if len(jobs) > len(shown) else None
    return {"items": [job_view(job) for job in shown], "next_page_token": token, "total_size": None}


def _seconds(moment: datetime | None) -> float | None:
    """Return seconds since 1970; a time without a zone is UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
