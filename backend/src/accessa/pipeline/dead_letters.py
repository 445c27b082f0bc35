"""Documents whose newest job failed: what they have in common, whether another try can help, and what it would buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accessa.domain.error_catalogue import Retry, retry_worth
from accessa.domain.errors import UsageError
from accessa.domain.statuses import FAILED
from accessa.pipeline.replay_price import ReplayPrice, price_replays, total
from accessa.pipeline.services import Services
from accessa.store import dead_letters
from accessa.store.database import Connection
from accessa.store.dead_letters import Row

_MOST_GROUPS = 200
# A group that is larger is priced by some of its documents.
_PRICED_OF_GROUP = 50


@dataclass(frozen=True, slots=True)
class DeadLetterGroup:
    """Documents that failed with one code, at one stage, over the same words of a provider.

    `replay` is what a retry of all would buy, reckoned up from `priced` of them.
    """

    code: str
    stage: str
    cause: str
    documents: int
    first_failed_at: datetime
    last_failed_at: datetime
    sample_job: UUID
    sample_document: UUID
    retry: Retry
    replay: ReplayPrice
    priced: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The largest groups of a user's failed documents, and how many documents failed in all."""

    groups: list[DeadLetterGroup]
    documents: int


async def group_dead_letters(services: Services, user_id: UUID, code: str | None) -> DeadLetters:
    """Return the user's failed documents (those with `code`, where one is given) in groups, the largest first."""
    async with services.database.connection() as connection:
        rows = await dead_letters.group(connection, user_id, code, most_groups=_MOST_GROUPS, samples=_PRICED_OF_GROUP)
        groups = await _priced(connection, services, rows)
    return DeadLetters(groups, rows[0]["documents_of_all"] if rows else 0)


async def _priced(connection: Connection, services: Services, rows: Sequence[Row]) -> list[DeadLetterGroup]:
    jobs = [job for row in rows for job in row["samples"]]
    measured = await price_replays(connection, services, jobs)
    return [_group(row, measured) for row in rows if measured.keys() & set(row["samples"])]


def _group(row: Row, measured: dict[UUID, tuple[UUID, ReplayPrice]]) -> DeadLetterGroup:
    found = [measured[job] for job in row["samples"] if job in measured]
    sample, document = next((job, measured[job][0]) for job in row["samples"] if job in measured)
    return DeadLetterGroup(
        row["code"],
        row["stage"],
        row["cause"],
        row["documents"],
        row["first_failed_at"],
        row["last_failed_at"],
        sample,
        document,
        retry_worth(row["code"]),
        total([price for _, price in found]).times(row["documents"] / len(found)),
        len(found),
    )


async def price_one(services: Services, user_id: UUID, subject: UUID) -> tuple[UUID, Retry, ReplayPrice]:
    """Return the failed job (`subject`: its id or its document's), what a retry is worth, and what it would buy.

    Raises `UsageError` NOT_FOUND, or JOB_NOT_FAILED when the document's newest job did not fail.
    """
    async with services.database.connection() as connection:
        job = await dead_letters.find_newest_job(connection, user_id, subject)
        if job is None:
            raise UsageError("NOT_FOUND")
        if job["status"] not in FAILED:
            raise UsageError("JOB_NOT_FAILED")
        measured = await price_replays(connection, services, [job["job_id"]])
    if job["job_id"] not in measured:  # deleted between the two looks
        raise UsageError("NOT_FOUND")
    return job["job_id"], retry_worth(job["code"]), measured[job["job_id"]][1]
