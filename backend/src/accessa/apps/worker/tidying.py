"""The duty that forgets what old workers left behind."""

from __future__ import annotations

import asyncio

from accessa.store import stage_timings, workers
from accessa.store.database import Database
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_PAUSE_SECONDS = 3600.0


class Tidying:
    """Deletes the rows of workers that are long gone, and timings that no baseline is learnt from any more."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def run(self) -> None:
        """Tidy up at once and then every hour, until cancelled."""
        while True:
            try:
                await workers.delete_old(self._database)
                await stage_timings.delete_old(self._database)
            except Exception as error:
                if self._database.outage.code is None:
                    log.warning("Old rows could not be deleted", exc_info=error)
            await asyncio.sleep(_PAUSE_SECONDS)
