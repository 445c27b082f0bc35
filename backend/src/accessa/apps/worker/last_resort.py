"""The last resort of a worker that is told to stop and does not: it is ended from a thread of its own."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress

from accessa.settings import Settings
from accessa.store.database import Database
from accessa.store.jobs import hand_back_all
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_HAND_BACK_SECONDS = 2.0


class LastResort:
    """Ends the process after a while, whatever holds up its event loop or its end; the jobs are handed back first."""

    def __init__(self, settings: Settings, worker_id: str) -> None:
        """Keep what is needed to hand jobs back without the event loop."""
        self._settings = settings
        self._worker_id = worker_id
        self._timer: threading.Timer | None = None

    def begin(self, seconds: float) -> None:
        """Let the process live for so many seconds more; a second call replaces the first."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        log.warning("The worker does not come to its end and is ended", worker_id=self._worker_id)
        with suppress(Exception):
            asyncio.run(asyncio.wait_for(self._hand_back(), _HAND_BACK_SECONDS))
        os._exit(0)

    async def _hand_back(self) -> None:
        database = Database(self._settings.database, "accessa-worker", environment=self._settings.runtime.environment)
        await hand_back_all(database, self._worker_id)
