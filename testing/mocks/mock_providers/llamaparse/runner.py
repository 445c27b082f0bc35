"""Runs jobs in the background, goes on with open ones after a restart, and never runs one twice at a time."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from mock_providers.bill import BilledUnit
from mock_providers.control import Control, ControlValues
from mock_providers.llamaparse.billing import page_units
from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.job_plans import JobPlan
from mock_providers.llamaparse.job_store import OPEN, Job, JobStore
from mock_providers.llamaparse.parsing_work import JobEndedError, ParsingWork, Tally
from mock_providers.llamaparse.webhooks import WebhookSender
from mock_providers.logs import work_for
from mock_providers.settings import LlamaParseSettings

_log = logging.getLogger(__name__)


class Runner:
    """The jobs of one simulator. Use it from one event loop."""

    def __init__(
        self,
        settings: LlamaParseSettings,
        control: Control[ControlValues],
        jobs: JobStore,
        work: ParsingWork,
        sender: WebhookSender,
    ) -> None:
        self._control = control
        self._jobs = jobs
        self._work = work
        self._sender = sender
        self._slots = asyncio.Semaphore(settings.children_at_once)
        self._threads = ThreadPoolExecutor(settings.children_at_once, "parsing")
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended: dict[str, threading.Event] = {}

    def start(self, job_id: str) -> None:
        """Begin the work of an open job, unless it has begun."""
        if job_id not in self._tasks:
            self._ended[job_id] = threading.Event()
            self._tasks[job_id] = asyncio.create_task(self._run(job_id))
            self._tasks[job_id].add_done_callback(lambda _: self._forget(job_id))

    async def resume(self) -> None:
        """Begin anew what a stopped process has left open."""
        for job_id in await asyncio.to_thread(self._jobs.unfinished):
            self.start(job_id)

    async def wait_for(self, job_id: str, seconds: float) -> None:
        """Wait until the work on a job has ended, but no longer than `seconds`."""
        if task := self._tasks.get(job_id):
            await asyncio.wait([task], timeout=seconds)

    async def cancel(self, job: Job) -> Job:
        """Cancel an open job and return it; a finished one stays as it is."""
        await self._move(job, OPEN, "CANCELLED", "parse.cancelled")
        if job.job_id in self._ended:
            self._ended[job.job_id].set()
        return await asyncio.to_thread(self._jobs.load, job.job_id)

    async def stop(self) -> None:
        """Stop working; open jobs stay open in the store."""
        for ended in self._ended.values():
            ended.set()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End the threads, once the parsing children have been ended."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _forget(self, job_id: str) -> None:
        self._tasks.pop(job_id, None)
        self._ended.pop(job_id, None)

    async def _run(self, job_id: str) -> None:
        job = await asyncio.to_thread(self._jobs.load, job_id)
        work_for(job.options.correlation_id)
        try:
            await self._finish(job)
        except JobEndedError:
            return
        except ParseFailureError as failure:
            await self._fail(job, failure)
        except Exception:  # noqa: BLE001 a job that broke must not stay open for ever
            _log.exception("Parse job broke", extra={"fields": {"parse_job_id": job_id}})
            await self._fail(job, ParseFailureError(Reason.ERROR_DURING_PROCESSING))

    async def _finish(self, job: Job) -> None:
        stuck_in = JobPlan.of_text(job.planned_failure).stuck_in
        if stuck_in == "RUNNING":
            await self._move(job, ("PENDING",), "RUNNING", "parse.running")
        if stuck_in:
            return
        due = asyncio.get_running_loop().time() + self._control.values.delay
        try:
            tally = await self._parse(job)
        except ParseFailureError:
            await _sleep_until(due)
            raise
        await _sleep_until(due)
        event = "parse.partial_success" if tally.failed else "parse.success"
        total = len(tally.good) + tally.failed
        bill = page_units(job, tally.good)
        paid = sum(unit.quantity for unit in bill)
        await self._move(job, OPEN, "COMPLETED", event, bill, pages=total, credits=paid)

    async def _parse(self, job: Job) -> Tally:
        async with self._slots:
            if job.status == "PENDING" and not await self._move(job, ("PENDING",), "RUNNING", "parse.running"):
                raise JobEndedError
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._work.do, job, self._ended[job.job_id])

    async def _fail(self, job: Job, failure: ParseFailureError) -> None:
        await self._move(job, OPEN, "FAILED", "parse.error", error_message=failure.message)

    async def _move(
        self,
        job: Job,
        sources: tuple[str, ...],
        target: str,
        event: str,
        bill: Iterable[BilledUnit] = (),
        **columns: object,
    ) -> bool:
        moved = await asyncio.to_thread(self._jobs.move, job, sources, target, event, bill, **columns)
        if moved:
            fields = {"parse_job_id": job.job_id, "status": target}
            _log.info("Parse job moved", extra={"fields": fields})
            self._sender.wake(job.job_id, len(job.options.hooks()))
        return moved


async def _sleep_until(due: float) -> None:
    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
