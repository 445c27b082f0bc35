"""BaseWorker: claims jobs, runs them side by side, and lets go of them in good order when it is told to stop."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
from contextlib import suppress

from accessa.apps.worker.audits import Audits
from accessa.apps.worker.claims import Claims
from accessa.apps.worker.fitness import Fitness
from accessa.apps.worker.in_hand import JobsInHand
from accessa.apps.worker.loop_watch import LoopWatch
from accessa.apps.worker.loops import Heartbeat, Loop
from accessa.apps.worker.orphan_sweep import OrphanSweep
from accessa.apps.worker.pending_uploads import PendingUploads
from accessa.apps.worker.probes import Probes
from accessa.apps.worker.schema_watch import SchemaWatch
from accessa.apps.worker.search_indexing import SearchIndexing
from accessa.apps.worker.tidying import Tidying
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.budgets import budgets_in_force
from accessa.pipeline.services import Services
from accessa.store.doorbell import DoorbellListener
from accessa.store.pooler import Pooler
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_LAST_WORDS_SECONDS = 2.0


class BaseWorker:
    """One worker process; `worker_id` is unique for each start, so an old life never passes for a new one."""

    def __init__(self, services: Services) -> None:
        """Take the services; nothing runs before `process_jobs_continuously`."""
        self.worker_id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._services = services
        self._settings = services.settings.worker
        self._wake = asyncio.Event()
        self._stopping = services.stopping
        self._schema = SchemaWatch(services)
        self._in_hand = JobsInHand(services, self._wake.set)
        self._claims = Claims(services.database, self._settings, self.worker_id)
        self._watch = LoopWatch()
        self._heartbeat = Heartbeat(
            services.database,
            self._settings,
            self.worker_id,
            lambda: len(self._in_hand),
            self._watch,
            timings=services.timings,
        )
        self._fitness = Fitness(services, self._watch)

    def stop(self) -> None:
        """Claim no more; a second call cuts the draining short."""
        if self._stopping.is_set():
            self._in_hand.cancel()
        self._stopping.set()
        self._wake.set()

    async def process_jobs_continuously(self) -> None:
        """Work until `stop` is called; then finish or hand back what is in hand."""
        probes = Probes(self._fitness, self._heartbeat.vitals.show)
        self._heartbeat.metrics_url = probes.open(self._services.settings)
        duties = [asyncio.create_task(loop.run()) for loop in (self._watch, self._heartbeat)]
        log.info(
            "Worker started",
            worker_id=self.worker_id,
            jobs_at_once=self._settings.jobs_at_once,
            budgets=budgets_in_force(self._services.settings.budget),
            metrics_url=self._heartbeat.metrics_url,
        )
        try:
            await self._wait_for_schema()
            duties += [asyncio.create_task(loop.run()) for loop in self._loops()]
            await self._claim_until_stopped()
            await self._drain()
        finally:
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            await self._say("stopped")
            probes.close()
            log.info("Worker stopped", worker_id=self.worker_id)

    def _loops(self) -> list[Loop]:
        """Return the duties that need the database; behind a transaction pooler nobody can listen."""
        audits = Audits(self._services.database, self._services.settings, self.worker_id)
        indexing = SearchIndexing(self._services)
        tidying = Tidying(self._services.database)
        loops: list[Loop] = [PendingUploads(self._services), OrphanSweep(self._services), audits, indexing, tidying]
        if self._services.database.pooler is Pooler.TRANSACTION:
            log.info("The doorbell is off behind a transaction pooler: work is found by polling alone")
        else:
            loops.append(DoorbellListener(self._services.settings.database.url.get_secret_value(), self._wake.set))
        return loops

    async def _wait_for_schema(self) -> None:
        while not self._stopping.is_set() and not await self._schema.may_work():
            self._fitness.turned()
            await self._rest()

    async def _claim_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self._fitness.turned()
            if not await self._schema.may_work():
                await self._rest()
                continue
            free = self._in_hand.free
            claimed = await self._claim(free) if free else []
            for job in claimed:
                self._in_hand.take(job)
            # What was taken gets to ask for room before more is claimed.
            await asyncio.sleep(0)
            if len(claimed) < free or not free:
                await self._rest()

    async def _claim(self, limit: int) -> list[Job]:
        try:
            claimed = await self._claims.claim(limit, self._in_hand.ids)
        except Exception as error:
            log.warning("Claiming met something unexpected", exc_info=error, code=getattr(error, "code", "INTERNAL"))
            return []
        if claimed:
            failpoint("claim.after_commit")
        return claimed

    async def _rest(self) -> None:
        """Sleep until the doorbell rings, a job ends, or the jittered poll is due; an outage makes the polls rarer."""
        pause = self._settings.poll_seconds * self._claims.slowness * random.uniform(0.7, 1.1)  # noqa: S311 - spreads polls, guards nothing
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout=pause)

    async def _drain(self) -> None:
        """Give the jobs in hand time to end, then cancel them: cancelled jobs are handed back, unharmed."""
        await self._say("draining")
        await self._in_hand.finish(self._settings.drain_seconds)
        await self._in_hand.let_go(_LAST_WORDS_SECONDS)

    async def _say(self, state: str) -> None:
        """Write the worker's state down, unless the database keeps it waiting."""
        self._heartbeat.state = state
        with suppress(TimeoutError):
            await asyncio.wait_for(self._heartbeat.beat(), _LAST_WORDS_SECONDS)
