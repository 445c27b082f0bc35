"""Background duties behind one small protocol: each runs until it is cancelled."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Protocol

import accessa
from accessa.domain.errors import AccessaError
from accessa.settings import WorkerSettings
from accessa.store import workers
from accessa.store.database import Database
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)


class Loop(Protocol):
    """One background duty."""

    async def run(self) -> None:
        """Go on until cancelled; an outage is waited out, never fatal."""


class Heartbeat:
    """Writes down every few seconds that the worker is alive and how much it has in hand."""

    def __init__(
        self, database: Database, settings: WorkerSettings, worker_id: str, jobs_in_hand: Callable[[], int]
    ) -> None:
        """Keep what a beat says."""
        self._database = database
        self._settings = settings
        self._worker_id = worker_id
        self._jobs_in_hand = jobs_in_hand
        self.state = "running"

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(self._settings.heartbeat_seconds)

    async def beat(self) -> None:
        """Beat once; a database that does not answer is no reason to stop working."""
        try:
            await workers.beat(
                self._database,
                worker_id=self._worker_id,
                host=socket.gethostname(),
                pid=os.getpid(),
                state=self.state,
                jobs_in_hand=self._jobs_in_hand(),
                version=accessa.__version__,
            )
        except AccessaError as error:
            if self._database.outage.code is None:
                log.warning("The heartbeat could not be written", code=error.code)
