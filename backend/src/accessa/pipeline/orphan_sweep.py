"""Finds files in the storage of which the database knows nothing, and removes them once they are old enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.pipeline.deletion_remains import clear_orphan
from accessa.pipeline.services import Services
from accessa.providers.storage import StoredObject, owner_of
from accessa.store import deletions
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_BUCKET = "raw"
# Uploads that were cut short are rare. Where many files have no row, the wrong thing is more likely the database.
_FEW, _LARGEST_SHARE = 20, 0.2


async def sweep_page(services: Services, cursor: str | None) -> tuple[int, str | None]:
    """Look at one page of the uploaded files; return how many were removed, and the cursor of the next page, if any.

    An upload stores its file first and its rows afterwards, so a file is left alone until the grace is over.
    """
    found, following = await services.storage.list_page(_BUCKET, "", cursor)
    owners = _old_enough(found, timedelta(seconds=services.settings.upload.orphan_grace_seconds))
    if not owners:
        return 0, following
    async with services.database.connection() as connection:
        ownerless = await deletions.select_ownerless(connection, list(owners))
    if len(ownerless) > max(_FEW, len(owners) * _LARGEST_SHARE):
        log.error(
            "Most files have no document here, so none is removed",
            code="ORPHANS_TOO_MANY",
            files=len(ownerless),
            looked_at=len(owners),
        )
        return 0, following
    removed = [document for document in ownerless if await _remove(services, owners[document], document)]
    return len(removed), following


def _old_enough(found: list[StoredObject], grace: timedelta) -> dict[UUID, UUID]:
    """Return the documents, each with its user, whose file has not changed during the grace."""
    border = datetime.now(UTC) - grace
    owners = [owner_of(stored.path) for stored in found if stored.updated_at and stored.updated_at <= border]
    return {document: user for user, document in filter(None, owners)}


async def _remove(services: Services, user_id: UUID, document_id: UUID) -> bool:
    try:
        removed = await clear_orphan(services, user_id, document_id)
    except AccessaError as error:
        log.warning("A file without a document could not be removed", document_id=str(document_id), code=error.code)
        return False
    if removed:
        log.info("A file without a document was removed", document_id=str(document_id))
    return removed
