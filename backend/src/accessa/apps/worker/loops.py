"""Background duties behind one small protocol: each runs until it is cancelled."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Protocol

import accessa
from accessa.apps.worker.loop_watch import LoopWatch
from accessa.settings import WorkerSettings
from accessa.store import workers
from accessa.store.database import Database
from accessa.telemetry.logs import get_logger

_AWAY_SECONDS = 1.0
log = get_logger(__name__)


class Loop(Protocol):
    """One background duty."""

    async def run(self) -> None:
        """Go on until cancelled; an outage is waited out, never fatal."""


class Heartbeat:
    """Writes down every few seconds that the worker is alive, how much it has in hand, and whether it was held up."""

    def __init__(
        self,
        database: Database,
        settings: WorkerSettings,
        worker_id: str,
        jobs_in_hand: Callable[[], int],
        watch: LoopWatch,
    ) -> None:
        """Keep what a beat says."""
        self._database = database
        self._worker_id = worker_id
        self._jobs_in_hand = jobs_in_hand
        self._watch = watch
        # Often enough to tell an owner that is alive from one that died, whatever the lease.
        self._pause = min(settings.heartbeat_seconds, settings.lease_seconds / 3)
        self.state = "running"

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            # After an outage a sign of life must be there before anybody takes a lease that ran out for a death.
            away = self._database.outage.code is not None
            await asyncio.sleep(min(self._pause, _AWAY_SECONDS) if away else self._pause)

    async def beat(self) -> None:
        """Beat once; a database that does not answer is no reason to stop working, only to come back with care."""
        held_up = self._watch.was_held_up()
        try:
            await workers.beat(
                self._database,
                worker_id=self._worker_id,
                host=socket.gethostname(),
                pid=os.getpid(),
                state="stalled" if held_up and self.state == "running" else self.state,
                jobs_in_hand=self._jobs_in_hand(),
                version=accessa.__version__,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, a worker without signs of life passes for dead
            if self._database.outage.code is None:
                log.warning("The heartbeat could not be written", code=getattr(error, "code", "INTERNAL"))
