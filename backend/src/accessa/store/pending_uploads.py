"""Uploads that were announced and given a signed URL, until their file has arrived and is verified.

As with jobs, `available_at` is the time of the next look and the end of a lease in one, and every claim has an owner of
its own, so that a late one changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from accessa.store.database import Connection, Database
from accessa.store.statements import load

# How long after the end of its URL an upload is kept: a file that was on its way then may still arrive.
_GRACE_SECONDS = 3600.0
_LEASE_SECONDS = 60.0
_BYTES_PER_SECOND = 1_000_000.0
_FIRST_LOOK_SECONDS = 20.0
_LONGEST_PAUSE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an uploader says will come, where it will lie, and until when its URL holds."""

    document_id: UUID
    user_id: UUID
    filename: str
    mime: str
    bytes_len: int
    file_sha256: str
    raw_path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PendingUpload:
    """A claimed upload; `over` says that its time, and the grace after it, has passed."""

    document_id: UUID
    user_id: UUID
    job_id: UUID
    correlation_id: UUID
    filename: str
    mime: str
    bytes_len: int
    file_sha256: str
    raw_path: str
    lease_owner: UUID
    lease_seconds: float
    last_error: dict[str, Any] | None
    over: bool


_FIELDS = [field.name for field in fields(PendingUpload)]


async def insert_pending(database: Database, told: Announcement, correlation_id: UUID) -> tuple[UUID, UUID] | None:
    """Keep an announced upload; return the ids of its job and its correlation, which stay when it is announced again.

    None when the document is there already.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(
            load("insert_pending_upload"),
            told.document_id,
            told.user_id,
            uuid4(),
            correlation_id,
            told.filename,
            told.mime,
            told.bytes_len,
            told.file_sha256,
            told.raw_path,
            told.expires_at,
            _FIRST_LOOK_SECONDS,
        )
    return None if row is None else (row["job_id"], row["correlation_id"])


async def claim_pending(database: Database, user_id: UUID, document_id: UUID) -> PendingUpload | None:
    """Claim a user's upload for a look at it; None when there is none, or somebody else has it."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            load("claim_pending_upload"),
            user_id,
            document_id,
            uuid4(),
            _LEASE_SECONDS,
            _BYTES_PER_SECOND,
            _GRACE_SECONDS,
        )
    return None if row is None else _as_pending(row)


async def claim_due(database: Database, limit: int) -> list[PendingUpload]:
    """Claim up to `limit` uploads that are due for a look."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            load("claim_due_pending_uploads"), uuid4(), _LEASE_SECONDS, _BYTES_PER_SECOND, _GRACE_SECONDS, limit
        )
    return [_as_pending(row) for row in rows]


async def is_pending(database: Database, user_id: UUID, document_id: UUID) -> bool:
    """Tell whether the user has announced this document and it is not settled."""
    async with database.connection() as connection:
        return await connection.fetchval(load("find_pending_upload"), user_id, document_id) is not None


async def find_announced_path(database: Database, document_id: UUID) -> str | None:
    """Return where the file of an announced upload lies, or will; None when none is announced."""
    async with database.connection() as connection:
        path: str | None = await connection.fetchval(load("find_announced_path"), document_id)
    return path


async def fence_pending(database: Database, pending: PendingUpload, error: dict[str, object] | None) -> bool:
    """Push the lease's end out and keep what is wrong with the file; False when it is somebody else's by now."""
    async with database.connection() as connection:
        held = await connection.fetchval(
            load("fence_pending_upload"), pending.document_id, pending.lease_owner, _LEASE_SECONDS, error
        )
    return held is not None


async def release_pending(database: Database, pending: PendingUpload) -> None:
    """Let go of the upload; it is due again after a pause that doubles."""
    async with database.connection() as connection:
        await connection.execute(
            load("release_pending_upload"),
            pending.document_id,
            pending.lease_owner,
            _FIRST_LOOK_SECONDS,
            _LONGEST_PAUSE_SECONDS,
        )


async def delete_pending(connection: Connection, pending: PendingUpload) -> bool:
    """Forget the upload; False when it is somebody else's by now."""
    gone = await connection.fetchval(load("delete_pending_upload"), pending.document_id, pending.lease_owner)
    return gone is not None


def _as_pending(row: Mapping[str, Any]) -> PendingUpload:
    return PendingUpload(**{name: row[name] for name in _FIELDS})
