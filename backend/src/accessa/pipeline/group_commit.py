"""Group commit: the steps of jobs that are ready at the same time share one fenced transaction.

Nobody waits to be joined: a step goes out at once when there is a free transaction, and under load those that come
meanwhile go out together in the next one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from accessa.domain.errors import AccessaError, LeaseLostError
from accessa.domain.job import Job
from accessa.domain.statuses import MOVES, TERMINAL, Status, move_from
from accessa.failpoints import failpoint
from accessa.pipeline.outcome import Step, Waiting
from accessa.pipeline.services import Services
from accessa.pipeline.traced_work import work_span
from accessa.store.driver_errors import DatabaseTroubleError
from accessa.store.effects import Event, Facts, JobMove, SharedEffect
from accessa.telemetry.traces import NO_SPAN, Span, shared_span

_TRANSACTIONS = 1
_MOST_JOBS = 128
_MOST_ROWS = 2048
_LET_GO: Mapping[str, object] = {"status": str(Status.COMPLETE), "due_in_seconds": 0.0}


@dataclass(slots=True)
class Landed:
    """How far the steps of a job got: the job as it is now, and what kept it from going all the way, if anything."""

    job: Job
    kept_by: Waiting | AccessaError | None = None


@dataclass(slots=True)
class _Entry:
    steps: Sequence[Step]
    landed: asyncio.Future[Landed]
    span: Span = NO_SPAN

    @property
    def job(self) -> Job:
        return self.steps[0].job

    @property
    def rows(self) -> int:
        return sum(step.rows for step in self.steps)

    def step_from(self, status: Status) -> Step | None:
        for step in self.steps:
            if step.job.status is status:
                return step
        return None


class GroupCommit:
    """Commits steps of many jobs; one for each process."""

    def __init__(self) -> None:
        """Begin with nothing to write."""
        self._waiting: deque[_Entry] = deque()
        self._at_work = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def commit(self, services: Services, steps: Sequence[Step]) -> Landed:
        """Write the steps of one job, in their order, and return how far it got once that is committed.

        Raises what went wrong: then nothing of them is written. What another job met is no concern of this one.
        """
        with work_span(steps[0].job, "commit") as span:
            return await self._land_together(services, _Entry(steps, asyncio.get_running_loop().create_future(), span))

    async def _land_together(self, services: Services, entry: _Entry) -> Landed:
        self._waiting.append(entry)
        if self._at_work < _TRANSACTIONS:
            self._at_work += 1
            task = asyncio.create_task(self._work(services))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await entry.landed

    async def _work(self, services: Services) -> None:
        try:
            # Those who became ready in the same moment come along.
            await asyncio.sleep(0)
            while entries := self._take():
                await self._land_or_fail(services, entries)
        finally:
            # In the same moment in which nothing was found waiting: who comes after it must find nobody at work.
            self._at_work -= 1

    async def _land_or_fail(self, services: Services, entries: Sequence[_Entry]) -> None:
        try:
            await self._land(services, entries)
        except BaseException as error:
            for entry in entries:
                _fail(entry, error if isinstance(error, Exception) else LeaseLostError())
            if not isinstance(error, Exception):
                raise

    def _take(self) -> list[_Entry]:
        taken: list[_Entry] = []
        rows = 0
        while self._waiting and len(taken) < _MOST_JOBS and (not taken or rows + self._waiting[0].rows <= _MOST_ROWS):
            entry = self._waiting.popleft()
            if not entry.landed.done():
                taken.append(entry)
                rows += entry.rows
        return taken

    async def _land(self, services: Services, entries: Sequence[_Entry]) -> None:
        try:
            landed = await self._write(services, entries)
        except (DatabaseTroubleError, LeaseLostError):
            raise
        except Exception:
            if len(entries) == 1:
                raise
            # One of them is to blame, and only that one is to suffer for it.
            for entry in entries:
                try:
                    await self._land(services, [entry])
                except Exception as error:  # noqa: BLE001 - it is that of this entry
                    _fail(entry, error)
            return
        for entry in entries:
            _tell(entry, landed.get(entry.job.job_id))

    async def _write(self, services: Services, entries: Sequence[_Entry]) -> dict[UUID, Landed]:
        with shared_span("group commit", [entry.span for entry in entries], jobs=len(entries)):
            return await self._write_all(services, entries)

    async def _write_all(self, services: Services, entries: Sequence[_Entry]) -> dict[UUID, Landed]:
        async with services.fenced_jobs([entry.job for entry in entries]) as effect:
            going = [entry for entry in entries if entry.job.job_id in effect.jobs]
            kept: dict[UUID, Waiting | AccessaError] = {}
            walks: dict[UUID, JobMove] = {}
            for move in MOVES:
                steps = [
                    step
                    for entry in going
                    if entry.job.job_id not in kept and (step := entry.step_from(move.source)) is not None
                ]
                if steps:
                    await _write_steps(effect, services, steps, walks, kept)
            moved = {move.job.job_id: move.done() for move in await effect.advance(list(walks.values()))}
            # Whatever is over is let go of in the same moment.
            over = [move.job for move in walks.values() if move.target in TERMINAL]
            await effect.note([Event(job, "released", "JOB_RELEASED", _LET_GO) for job in over])
        return {
            job.job_id: Landed(moved.get(job.job_id, job), kept.get(job.job_id))
            for job in (entry.job for entry in going)
        }


async def _write_steps(
    effect: SharedEffect,
    services: Services,
    steps: Sequence[Step],
    walks: dict[UUID, JobMove],
    kept: dict[UUID, Waiting | AccessaError],
) -> None:
    """Write one step of many jobs; `walks` gets the move of each that goes on, `kept` what keeps the others."""
    write = steps[0].write
    findings = await write(effect, services, steps) if write else {}
    for step in steps:
        job, found = step.job, findings.get(step.job.job_id, step.facts)
        if not isinstance(found, Facts):
            kept[job.job_id] = found
        elif begun := walks.get(job.job_id):
            walks[job.job_id] = begun.then(step.target, found)
        else:
            walks[job.job_id] = JobMove(job, step.target, found)


def _tell(entry: _Entry, landed: Landed | None) -> None:
    if landed is None:
        _fail(entry, LeaseLostError())
        return
    try:
        _pass_commits(entry, landed)
    except Exception as error:  # noqa: BLE001 - a failpoint may be armed with any
        _fail(entry, error)
    if not entry.landed.done():
        entry.landed.set_result(landed)


def _pass_commits(entry: _Entry, found: Landed) -> None:
    for step in entry.steps:
        if step.job.status == found.job.status:
            return
        pass_commit(step.job)


def pass_commit(job: Job) -> None:
    """Pass the failpoint of a stage that is committed by now; `job` is as it was before."""
    failpoint(f"{move_from(job.status).stage}.after_commit", job.document_id)


def _fail(entry: _Entry, error: BaseException) -> None:
    if not entry.landed.done():
        entry.landed.set_exception(error)
