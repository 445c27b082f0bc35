"""The duty that finishes uploads by signed URL whose sender said no more, and ends those whose time is over."""

from __future__ import annotations

import asyncio

from accessa.domain.errors import AccessaError, UsageError
from accessa.pipeline.complete_upload import settle_upload
from accessa.pipeline.services import Services
from accessa.store.driver_errors import DatabaseTroubleError
from accessa.store.pending_uploads import PendingUpload, claim_due
from accessa.telemetry.log_context import bound_anew
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)


class PendingUploads:
    """Looks after announced uploads: one whose file has arrived is queued, one whose time is over is removed."""

    def __init__(self, services: Services) -> None:
        """Take the services."""
        self._services = services

    async def run(self) -> None:
        """Look until the worker stops; an outage is waited out."""
        while not self._services.stopping.is_set():
            # One at a time: the lease of each counts from its claim.
            found = await self._claim()
            for pending in found:
                await self._settle(pending)
            if not found:
                await asyncio.sleep(self._services.settings.worker.poll_seconds)

    async def _claim(self) -> list[PendingUpload]:
        try:
            return await claim_due(self._services.database, 1)
        except DatabaseTroubleError:
            return []  # an outage is told once, and claims of jobs meet the same trouble
        except Exception as error:
            log.warning(
                "Announced uploads could not be looked at", exc_info=error, code=getattr(error, "code", "INTERNAL")
            )
            return []

    async def _settle(self, pending: PendingUpload) -> None:
        whom = (pending.correlation_id, pending.job_id, pending.document_id)
        with bound_anew(dict(zip(("correlation_id", "job_id", "document_id"), map(str, whom), strict=True))):
            await self._look(pending)

    async def _look(self, pending: PendingUpload) -> None:
        try:
            await settle_upload(self._services, pending)
        except UsageError as error:
            log.info("An announced upload is not there or not right", code=error.code, over=pending.over)
        except AccessaError as error:
            log.warning("An announced upload could not be checked", code=error.code)
        except Exception as error:
            log.exception("Checking an announced upload met something unexpected", exc_info=error)
        else:
            log.info("An announced upload has arrived")
