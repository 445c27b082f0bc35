"""Gives a failed document another job, which uses everything that earlier ones have stored or paid for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accessa.domain.errors import UsageError
from accessa.domain.statuses import FAILED
from accessa.failpoints import failpoint
from accessa.pipeline.services import Services
from accessa.store.documents import lock_latest_job
from accessa.store.jobs import insert_job


async def retry_job(services: Services, user_id: UUID, subject: UUID) -> Mapping[str, Any]:
    """Open a new job for the failed one (`subject`: its id or its document's) and return the new job's row.

    Raises `UsageError` NOT_FOUND, or JOB_NOT_FAILED when there is nothing to retry.
    """
    async with services.database.transaction() as connection:
        failed = await lock_latest_job(connection, user_id, subject)
        if failed is None:
            raise UsageError("NOT_FOUND")
        if failed["status"] not in FAILED:
            raise UsageError("JOB_NOT_FAILED")
        opened = await insert_job(
            connection, failed["document_id"], services.plan(failed["lane"]), retry_of=failed["job_id"]
        )
        if opened is None:
            raise UsageError("JOB_NOT_FAILED", "Another job of this document is already under way.")
        failpoint("retry.before_commit")
    failpoint("retry.after_commit")
    services.ring()
    return opened
