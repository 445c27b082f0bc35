"""Background duties behind one small protocol: each runs until it is cancelled."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Protocol

import accessa
from accessa.apps.worker.loop_watch import LoopWatch
from accessa.apps.worker.vitals import Vitals
from accessa.settings import WorkerSettings
from accessa.store import stage_timings, workers
from accessa.store.database import Database
from accessa.telemetry.logs import get_logger
from accessa.telemetry.stage_timings import StageTimings

_AWAY_SECONDS = 1.0
log = get_logger(__name__)


class Loop(Protocol):
    """One background duty."""

    async def run(self) -> None:
        """Go on until cancelled; an outage is waited out, never fatal."""


class Heartbeat:
    """Writes down every few seconds that the worker is alive, how it is, and what its stages took."""

    def __init__(
        self,
        database: Database,
        settings: WorkerSettings,
        worker_id: str,
        jobs_in_hand: Callable[[], int],
        watch: LoopWatch,
        *,
        timings: StageTimings,
    ) -> None:
        """Keep what a beat says; `metrics_url` and `state` are set from outside."""
        self._database = database
        self._worker_id = worker_id
        self._jobs_in_hand = jobs_in_hand
        self._watch = watch
        self._timings = timings
        self.vitals = Vitals(database, watch, jobs_in_hand, settings.jobs_at_once)
        self.metrics_url: str | None = None
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
            self.vitals.clock_ahead_seconds = await workers.beat(
                self._database,
                worker_id=self._worker_id,
                host=socket.gethostname(),
                pid=os.getpid(),
                state="stalled" if held_up and self.state == "running" else self.state,
                jobs_in_hand=self._jobs_in_hand(),
                version=accessa.__version__,
                metrics_url=self.metrics_url,
                vitals=self.vitals.read(),
            )
            await self._tell_timings()
        except Exception as error:  # noqa: BLE001 - whatever it is, a worker without signs of life passes for dead
            if self._database.outage.code is None:
                log.warning("The heartbeat could not be written", code=getattr(error, "code", "INTERNAL"))

    async def _tell_timings(self) -> None:
        """Write down what the stages took since the last beat; what cannot be written is kept for the next."""
        untold = self._timings.take()
        if not untold:
            return
        try:
            await stage_timings.add(self._database, self._worker_id, untold)
        except BaseException:
            self._timings.give_back(untold)
            raise
