"""Gives failed documents another job, which uses everything that earlier ones have stored or paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from accessa.domain.error_catalogue import LEFT_ALONE
from accessa.domain.errors import UsageError
from accessa.domain.statuses import FAILED
from accessa.failpoints import failpoint
from accessa.pipeline.services import Services
from accessa.store import dead_letters
from accessa.store.database import Connection
from accessa.store.dead_letters import Place
from accessa.store.documents import lock_latest_job
from accessa.store.jobs import insert_job
from accessa.telemetry import traces

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reopened:
    """One batch of a bulk retry: its new jobs, and the cursor of the next batch, None at the end."""

    jobs: list[Mapping[str, Any]]
    next_cursor: str | None


async def retry_job(
    services: Services, user_id: UUID, subject: UUID, *, correlation_id: UUID | None = None
) -> Mapping[str, Any]:
    """Open a new job for the failed one (`subject`: its id or its document's) and return the new job's row.

    It takes the `correlation_id` over where one is given. Raises `UsageError` NOT_FOUND,
    or JOB_NOT_FAILED when there is nothing to retry.
    """
    async with services.database.transaction() as connection:
        newest = await lock_latest_job(connection, user_id, subject)
        if newest is None:
            raise UsageError("NOT_FOUND")
        if newest["status"] not in FAILED:
            raise UsageError("JOB_NOT_FAILED", _sentence_for(newest, subject))
        opened = await _reopen(
            connection, services, newest, {"by": user_id, "how": "single"}, correlation_id=correlation_id
        )
        if opened is None:
            raise UsageError("JOB_NOT_FAILED", "Another job of this document is already under way.")
        failpoint("retry.before_commit")
    failpoint("retry.after_commit")
    services.ring()
    return opened


def _sentence_for(newest: Mapping[str, Any], subject: UUID) -> str | None:
    """Tell of a job that was retried before what became of the retry."""
    if subject in {newest["job_id"], newest["document_id"]}:
        return None
    return f"This job was retried already: job {newest['job_id']} is {newest['status']}."


async def retry_failed(
    services: Services, user_id: UUID, *, code: str | None, cursor: str | None, most: int
) -> Reopened:
    """Open new jobs for the next `most` failed documents: all with `code`, or all that a retry may help.

    The cursor keeps to what had failed when the first batch was asked for, so that a document that fails again at once
    does not go round for ever. Asked for twice, the same batch is opened once.
    """
    after = _read(cursor) if cursor else Place(await dead_letters.now(services.database), _FIRST, UUID(int=0))
    audit = {"by": user_id, "how": "code" if code else "all"}
    async with services.database.transaction() as connection:
        found = await dead_letters.lock(connection, user_id, code, left_out=sorted(LEFT_ALONE), after=after, most=most)
        opened = [await _reopen(connection, services, failed, audit) for failed in found]
    jobs = [job for job in opened if job is not None]
    if jobs:
        services.ring()
    last = replace(after, failed_at=found[-1]["failed_at"], job_id=found[-1]["job_id"]) if len(found) == most else None
    return Reopened(jobs, _written(last) if last else None)


async def _reopen(
    connection: Connection,
    services: Services,
    failed: Mapping[str, Any],
    audit: Mapping[str, Any],
    *,
    correlation_id: UUID | None = None,
) -> Mapping[str, Any] | None:
    plan = services.plan(failed["lane"], failed["priority"])
    with _trace_of(failed, is_one_of_many=audit["how"] != "single"):
        return await insert_job(
            connection,
            failed["document_id"],
            plan,
            retry_of=failed["job_id"],
            correlation_id=correlation_id,
            told=audit,
        )


@contextmanager
def _trace_of(failed: Mapping[str, Any], *, is_one_of_many: bool) -> Iterator[None]:
    """Have the new job continue the trace of its request, or begin its own among many; the old trace is linked."""
    if is_one_of_many:
        with traces.root_span("reopen job", links=(failed["trace_context"], traces.current_context())):
            yield
    else:
        with traces.span("reopen job"):
            traces.link(failed["trace_context"])
            yield


def _written(place: Place) -> str:
    return "/".join((place.until.isoformat(), place.failed_at.isoformat(), str(place.job_id)))


def _read(cursor: str) -> Place:
    try:
        until, failed_at, job_id = cursor.split("/")
        return Place(_moment(until), _moment(failed_at), UUID(job_id))
    except (ValueError, OverflowError):
        sentence = "The cursor is none that an earlier answer has given; leave it out to begin."
        raise UsageError("BAD_REQUEST", sentence) from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
