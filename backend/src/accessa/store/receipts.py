"""Receipts of complete documents, written by the database itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accessa.store.database import Database
from accessa.store.statements import load


async def find_receipt(database: Database, user_id: UUID, subject: UUID) -> Mapping[str, Any] | None:
    """Return the receipt of a document's last complete job, with what the tables hold of it now, or None.

    `subject` is the id of the document or of one of its jobs.
    """
    async with database.connection() as connection:
        row: Mapping[str, Any] | None = await connection.fetchrow(load("find_receipt"), user_id, subject)
    return row


async def find_status(database: Database, user_id: UUID, subject: UUID) -> str | None:
    """Return the status of a job, or of a document's newest job, or None where the user has neither."""
    async with database.connection() as connection:
        status: str | None = await connection.fetchval(load("find_status"), user_id, subject)
    return status
