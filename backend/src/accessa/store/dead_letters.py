"""Dead letters: documents whose newest job failed, grouped, measured, and locked to be tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import load

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PresentWork:
    """What a new job does under the present settings, which decides what of the stored things it can use."""

    parsed_mimes: tuple[str, ...]
    parse_provider: str
    options_sha: str
    chunker: tuple[str, str]
    embed_model: str
    embed_version: str
    embed_provider: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the row of dead letters, oldest first: those that failed until a moment, after one of them."""

    until: datetime
    failed_at: datetime
    job_id: UUID


async def group(
    connection: Connection, user_id: UUID, code: str | None, *, most_groups: int, samples: int
) -> Sequence[Row]:
    """Return the groups of a user's dead letters, largest first, each with up to so many `samples`."""
    rows: Sequence[Row] = await connection.fetch(load("group_dead_letters"), user_id, code, most_groups, samples)
    return rows


async def measure(connection: Connection, job_ids: Sequence[UUID], work: PresentWork) -> Sequence[Row]:
    """Return what is stored of each job's document and what a new job would have to buy."""
    rows: Sequence[Row] = await connection.fetch(
        load("measure_replays"),
        job_ids,
        list(work.parsed_mimes),
        work.parse_provider,
        work.options_sha,
        *work.chunker,
        work.embed_model,
        work.embed_version,
        work.embed_provider,
    )
    return rows


async def now(database: Database) -> datetime:
    """Return the moment by the database's clock, which all failures are dated by."""
    async with database.connection() as connection:
        moment: datetime = await connection.fetchval("SELECT now()")
    return moment


async def lock(
    connection: Connection, user_id: UUID, code: str | None, *, left_out: Sequence[str], after: Place, most: int
) -> Sequence[Row]:
    """Lock and return the next dead letters after a place; one that somebody else is at is passed over."""
    rows: Sequence[Row] = await connection.fetch(
        load("lock_dead_letters"), user_id, code, list(left_out), after.until, after.failed_at, after.job_id, most
    )
    return rows


async def find_newest_job(connection: Connection, user_id: UUID, subject: UUID) -> Row | None:
    """Return id, status and error code of a document's newest job; `subject` is its id or that of any of its jobs."""
    row: Row | None = await connection.fetchrow(load("find_job_to_replay"), user_id, subject)
    return row
