"""Parse runs and the webhooks that announce their end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.domain.job import Job
from accessa.store.database import Connection, Database
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class ParseRun:
    """One parse asked for by a job; `seconds_left` counts down to its deadline, None before it is submitted."""

    parse_id: UUID
    provider: str
    options_sha: str
    call_key: str
    locator: str
    provider_file_id: str | None
    provider_job_id: str | None
    polls: int
    pages_expected: int | None
    notified: bool
    seconds_left: float | None
    seconds_since_submit: float | None


async def open_parse_run(
    connection: Connection, job: Job, *, provider: str, options_sha: str, call_key: str, locator: str, pages: int | None
) -> None:
    """Open the job's parse run; one of the same provider and options is left as it is, so that its locator stays."""
    await connection.execute(
        load("open_parse_run"), job.job_id, job.document_id, provider, options_sha, call_key, locator, pages
    )


async def find_parse_run(database: Database, job_id: UUID) -> ParseRun | None:
    """Return the job's parse run, or None."""
    async with database.connection() as connection:
        row = await connection.fetchrow(load("find_parse_run"), job_id)
    return ParseRun(**row) if row else None


async def find_recorded_parse(
    database: Database, document_id: UUID, provider: str, options_sha: str
) -> tuple[str, int] | None:
    """Return (path, pages) of a result already bought for this document with these options, or None."""
    async with database.connection() as connection:
        row = await connection.fetchrow(load("find_recorded_parse"), document_id, provider, options_sha)
    return (row["result_path"], row["pages"]) if row else None


async def keep_provider_file(connection: Connection, job_id: UUID, provider_file_id: str | None) -> None:
    """Keep the provider's id of the uploaded file, so that it is uploaded once; None forgets it."""
    await connection.execute(load("keep_provider_file"), job_id, provider_file_id)


async def keep_provider_job(
    connection: Connection, job_id: UUID, provider_job_id: str, deadline_seconds: float
) -> None:
    """Keep the provider's id of the parse and set its deadline."""
    await connection.execute(load("keep_provider_job"), job_id, provider_job_id, deadline_seconds)


async def forget_provider_job(connection: Connection, job_id: UUID) -> None:
    """Forget a parse that the provider has lost or given up, so that it is asked for again."""
    await connection.execute(load("forget_provider_job"), job_id)


async def note_poll(connection: Connection, job_id: UUID) -> None:
    """Count a look at the provider; webhooks that came before it are now read."""
    await connection.execute(load("note_parse_poll"), job_id)


async def keep_result(connection: Connection, job_id: UUID, path: str, sha256: str, pages: int) -> None:
    """Keep where the bought result lies."""
    await connection.execute(load("keep_parse_result"), job_id, path, sha256, pages)


async def lock_by_locator(connection: Connection, locator: str) -> Mapping[str, Any] | None:
    """Lock the job whose parse run has this locator and return both, or None."""
    row: Mapping[str, Any] | None = await connection.fetchrow(load("lock_parse_by_locator"), locator)
    return row


async def has_locator(connection: Connection, locator: str) -> bool:
    """Tell whether a parse of ours has this locator."""
    return bool(await connection.fetchval(load("parse_has_locator"), locator))


async def insert_delivery(connection: Connection, delivery_key: str, parse_id: UUID, event_type: str) -> bool:
    """Store a verified webhook; False when the same one was stored before."""
    return await connection.fetchval(load("insert_webhook_delivery"), delivery_key, parse_id, event_type) is not None


async def was_delivered(connection: Connection, delivery_key: str) -> bool:
    """Tell whether this webhook was stored before."""
    return await connection.fetchrow(load("webhook_was_delivered"), delivery_key) is not None


async def note_notified(connection: Connection, parse_id: UUID) -> None:
    """Make the waiting job of a parse due; a job that somebody owns is left alone."""
    await connection.execute(load("note_parse_notified"), parse_id)
