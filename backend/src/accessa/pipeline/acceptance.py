"""What an uploader is told: the ids of the document and its job, new ones or those of bytes that were known already."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accessa.pipeline.services import Services
from accessa.store.documents import find_latest_job
from accessa.store.jobs import note_event


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the uploader is told; `duplicate` says that these bytes were known already."""

    document_id: UUID
    job_id: UUID
    correlation_id: UUID
    status: str
    duplicate: bool


async def known_acceptance(
    services: Services, user_id: UUID, document: UUID, *, note: bool = True
) -> Acceptance | None:
    """Return the acceptance of a document that the user has, or None; `note` adds an event about it to its job."""
    async with services.database.connection() as connection:
        row = await find_latest_job(connection, user_id, document)
        if row is None:
            return None
        if note:
            await note_event(connection, row, "UPLOAD_DEDUP_HIT")
    return Acceptance(**row, duplicate=True)
