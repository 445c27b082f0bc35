"""The duty that removes uploaded files which no document stands for, a page at a time."""

from __future__ import annotations

import asyncio
import random

from accessa.pipeline.orphan_sweep import sweep_page
from accessa.pipeline.services import Services
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_BETWEEN_PAGES_SECONDS = 1.0


class OrphanSweep:
    """Goes through the uploaded files now and then; what several workers remove at once is removed once."""

    def __init__(self, services: Services) -> None:
        """Take the services."""
        self._services = services

    async def run(self) -> None:
        """Sweep until cancelled; an outage is waited out."""
        pause = self._services.settings.upload.orphan_sweep_seconds
        if not pause:
            return
        # Workers that were started together look at different times.
        await asyncio.sleep(pause * random.random())  # noqa: S311 - spreads the load, guards nothing
        while True:
            await self._sweep()
            await asyncio.sleep(pause)

    async def _sweep(self) -> None:
        cursor: str | None = None
        try:
            while True:
                _, cursor = await sweep_page(self._services, cursor)
                if cursor is None:
                    return
                await asyncio.sleep(_BETWEEN_PAGES_SECONDS)
        except Exception as error:
            log.warning(
                "Files without a document could not be looked for",
                exc_info=error,
                code=getattr(error, "code", "INTERNAL"),
            )
