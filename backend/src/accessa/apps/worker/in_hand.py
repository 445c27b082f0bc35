"""The jobs that a worker has in hand: run side by side, and a suspect alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import cast
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.pipeline.job_log import work_on
from accessa.pipeline.run_stages import hand_back_job, keep_lease, run_job
from accessa.pipeline.services import Services
from accessa.pipeline.workshop import Workshop
from accessa.store.jobs import begin_job
from accessa.telemetry.logs import get_logger

_MOST_AT_A_TIME = 64
log = get_logger(__name__)


class JobsInHand:
    """Runs claimed jobs; a suspect, whose next death would be its last, has the worker to itself.

    Should it take the worker down again, no other job goes down with it.
    """

    def __init__(self, services: Services, on_end: Callable[[], None]) -> None:
        """Take the services and whom to tell that a job has ended."""
        self._services = services
        self._on_end = on_end
        self._workshop = Workshop()
        self._jobs: dict[asyncio.Task[None], Job] = {}
        self._suspects: set[asyncio.Task[None]] = set()
        self._set_aside: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return how many jobs are in hand."""
        return len(self._jobs)

    @property
    def free(self) -> int:
        """How many more may be taken.

        None while there is a suspect, so that the worker comes to rest before it, or while texts wait for room: other
        workers have it.
        """
        if self._suspects or self._workshop.room.is_full:
            return 0
        return min(_MOST_AT_A_TIME, max(0, self._services.settings.worker.jobs_at_once - len(self._jobs)))

    def take(self, job: Job) -> None:
        """Begin with a job, or set it aside until the worker is empty."""
        is_suspect = job.set_aside and job.crash_count < self._services.settings.worker.max_crashes
        work = self._run_alone(job) if is_suspect else run_job(job, self._services, self._workshop)
        task = asyncio.create_task(work, name=str(job.job_id))
        self._jobs[task] = job
        if is_suspect:
            self._suspects.add(task)
            self._set_aside.add(task)
        task.add_done_callback(self._ended)

    @property
    def ids(self) -> list[UUID]:
        """The ids of the jobs in hand."""
        return [job.job_id for job in self._jobs.values()]

    async def finish(self, seconds: float) -> None:
        """Give what has begun time to end; what is set aside will not begin any more."""
        _cancel(self._set_aside)
        if self._jobs:
            await asyncio.wait(set(self._jobs), timeout=seconds)

    async def let_go(self, seconds: float) -> None:
        """Cancel what is left, which hands it back unharmed, if the database answers in time."""
        self.cancel()
        if self._jobs:
            await asyncio.wait(set(self._jobs), timeout=seconds)

    def cancel(self) -> None:
        """Cut everything short."""
        _cancel(self._jobs)

    async def _run_alone(self, job: Job) -> None:
        if await self._begun(job):
            with work_on(job):
                log.warning("A job that workers died on runs alone", crashes=job.crash_count)
            await run_job(job, self._services, self._workshop)

    async def _begun(self, job: Job) -> bool:
        """Keep the job until nothing else is in hand, then begin; False when it is not this worker's any more."""
        own = cast("asyncio.Task[None]", asyncio.current_task())
        keeper = asyncio.create_task(keep_lease(job, self._services, own))
        try:
            if before := self._before(own):
                await asyncio.wait(before)
            return await begin_job(self._services.database, job)
        except asyncio.CancelledError:
            await asyncio.shield(hand_back_job(job, self._services))
            raise
        except AccessaError as error:
            # The lease runs out by itself; a job that was never begun counts no death.
            with work_on(job):
                log.warning("A job could not be begun", code=error.code)
            return False
        finally:
            keeper.cancel()
            self._set_aside.discard(own)

    def _before(self, own: asyncio.Task[None]) -> set[asyncio.Task[None]]:
        """Return what has to end first: all that is no suspect, and the suspects that were taken earlier."""
        earlier = takewhile(lambda task: task is not own, self._jobs)
        return (set(self._jobs) - self._suspects) | set(earlier)

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._jobs.pop(task)
        self._suspects.discard(task)
        self._set_aside.discard(task)
        self._on_end()
        if not task.cancelled() and (error := task.exception()) is not None:
            with work_on(job):
                log.error("A job left the worker with an error", exc_info=error)


def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in list(tasks):
        task.cancel()
