"""The unfinished jobs that have been here longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accessa.store.database import Connection
from accessa.store.statements import load

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class OldJob:
    """An unfinished job, when it was made, who has it in hand, and what it met last; ids only, no names."""

    job_id: UUID
    document_id: UUID
    status: str
    created_at: datetime
    held_by: str | None
    attempts: int
    crashes: int
    code: str


async def read_oldest_jobs(connection: Connection) -> list[OldJob]:
    """Return the oldest first; raises what the driver raises."""
    return [OldJob(**row) for row in await connection.fetch(load("list_oldest_unfinished_jobs"), _SHOWN)]
