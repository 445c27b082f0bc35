"""What the log says of a job on each of its lines, and of the calls that several jobs share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from uuid import uuid4

from accessa.domain.job import Job
from accessa.domain.statuses import TERMINAL, move_from
from accessa.telemetry.log_context import bound_anew
from accessa.telemetry.traces import log_fields

_MOST_NAMES = 20


def told_of(job: Job) -> dict[str, object]:
    """Return whom the work is for, and which try of which stage it is."""
    stage = {} if job.status in TERMINAL else {"stage": move_from(job.status).stage}
    return {
        "correlation_id": str(job.correlation_id),
        "job_id": str(job.job_id),
        "document_id": str(job.document_id),
        **stage,
        "attempt": job.attempts_in_row + 1,
        "epoch": job.lease_epoch,
        **log_fields(job.trace_context),
    }


def work_on(job: Job) -> AbstractContextManager[None]:
    """Put a job on every line of the block, and in the headers of every call it makes."""
    return bound_anew(told_of(job))


def shared_call(jobs: Sequence[Job]) -> AbstractContextManager[None]:
    """Put a call on every line of the block: under an id of its own, with its job, or the first of those that share it.

    What differs between these, as the attempt, is on the line of each. A provider is told the correlation id of the
    first; the others are found by the id of the call.
    """
    call = {"call_id": uuid4().hex}
    names = list(dict.fromkeys(str(job.job_id) for job in jobs))
    if len(names) == 1:
        return bound_anew({**told_of(jobs[0]), **call})
    first = told_of(jobs[0])
    shared = {"jobs": len(jobs), "job_ids": names[:_MOST_NAMES]}
    return bound_anew({"correlation_id": first["correlation_id"], "stage": first["stage"], **shared, **call})
