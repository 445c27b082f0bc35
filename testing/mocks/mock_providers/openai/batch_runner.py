"""Runs batches in the background, and goes on with open ones after a restart.

A batch is begun anew after a restart: its files and its bill are recorded together with its end, hence once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from mock_providers.control import Control
from mock_providers.openai.batch_course import Course, course_of, look_through, planned_change, planned_task
from mock_providers.openai.batch_input import BatchInput
from mock_providers.openai.batch_store import Batch, BatchStore
from mock_providers.openai.batch_work import BatchWork, Outcome
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.errors import not_cancellable
from mock_providers.openai.file_store import FileStore
from mock_providers.openai.loading import Loading
from mock_providers.openai.models import Model

_log = logging.getLogger(__name__)
_RUNNING = ("in_progress", "finalizing")
_CANCELLABLE = ("validating", *_RUNNING)
_LOOK_AGAIN = 0.05
Result = TypeVar("Result")


class _CancelledError(Exception):
    """The caller has cancelled the batch."""


class BatchRunner:
    """The batches of one simulator. Use it from one event loop."""

    def __init__(
        self,
        control: Control[DeskValues],
        store: BatchStore,
        files: FileStore,
        loading: Loading,
        models: dict[str, Model],
    ) -> None:
        self._control = control
        self._store = store
        self._files = files
        self._loading = loading
        self._models = models
        self._threads = ThreadPoolExecutor(1, "batches")
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancelled: dict[str, asyncio.Event] = {}

    def start(self, batch_id: str) -> None:
        """Begin the work of an open batch."""
        self._cancelled[batch_id] = asyncio.Event()
        self._tasks[batch_id] = asyncio.create_task(self._run(batch_id))
        self._tasks[batch_id].add_done_callback(lambda _: self._forget(batch_id))

    async def resume(self) -> None:
        """Begin anew what a stopped process has left open."""
        for batch_id in await asyncio.to_thread(self._store.unfinished):
            self.start(batch_id)

    async def cancel(self, batch_id: str) -> Batch:
        """Begin to cancel a batch and return it; raises the 409 of one that has ended."""
        moved = await asyncio.to_thread(self._store.move, batch_id, _CANCELLABLE, "cancelling")
        batch = await asyncio.to_thread(self._store.load, batch_id)
        if not moved and batch.status != "cancelling":
            raise not_cancellable(batch.status)
        if moved:
            # The work may have ended it by now; the answer tells what this call has done.
            batch = replace(batch, status="cancelling", cancelled_at=None, output_file_id=None, error_file_id=None)
        if batch_id in self._cancelled:
            self._cancelled[batch_id].set()
        return batch

    async def stop(self) -> None:
        """Stop working; open batches stay open in the store."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End the thread."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _forget(self, batch_id: str) -> None:
        self._tasks.pop(batch_id, None)
        self._cancelled.pop(batch_id, None)

    async def _run(self, batch_id: str) -> None:
        batch = await asyncio.to_thread(self._store.load, batch_id)
        try:
            await self._work_on(batch)
        except _CancelledError:
            await self._move(batch, ("cancelling",), "cancelled")
        except Exception:  # noqa: BLE001 a batch that broke must not stay open for ever
            _log.exception("Batch broke", extra={"fields": {"batch_id": batch_id}})
            found = BatchInput()
            found.refuse("internal_error", "The simulator broke while it worked on this batch; its log says where.")
            await self._move(batch, (*_CANCELLABLE, "cancelling"), "failed", errors=found.told())

    async def _work_on(self, batch: Batch) -> None:
        course = await self._begin(batch)
        if course is None:
            return
        if course.fault and course.fault.kind == "batch_stuck":
            await self._cancelled[batch.batch_id].wait()
            raise _CancelledError
        work = BatchWork(batch, self._models, self._control.values, self._files, self._loading)
        try:
            end = await self._embed(work, course)
            outcome = await self._off_loop(work.finish)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(work.abandon))
            raise
        # From here on the files stay: if they are not recorded, the next start sweeps them away.
        if not await self._finish(batch, _RUNNING, end, outcome):
            await self._finish(batch, ("cancelling",), "cancelled", outcome)

    async def _begin(self, batch: Batch) -> Course | None:
        """Check the input and put the batch in progress; None if it failed."""
        if batch.status == "cancelling":
            raise _CancelledError
        found = await self._off_loop(partial(look_through, batch, self._files, self._control.values, self._models))
        if found.errors:
            if not await self._move(batch, _CANCELLABLE, "failed", errors=found.told()):
                raise _CancelledError
            return None
        if batch.status == "validating":
            facts = {"total": len(found.lines), "model": found.model}
            if not await self._move(batch, ("validating",), "in_progress", **facts):
                raise _CancelledError
        return await self._off_loop(partial(course_of, batch.planned, found.lines, self._control))

    async def _embed(self, work: BatchWork, course: Course) -> str:
        """Work on the lines portion by portion; return how the batch ends."""
        batch_id, began = work.batch.batch_id, time.monotonic()
        steps = course.steps()
        for number, lines in enumerate(steps, start=1):
            if not await self._due(batch_id, began, number / len(steps)):
                return "cancelled"
            tasks = await self._off_loop(partial(work.read, lines), work.stop)
            planned = [planned_task(task, course.fault, self._control) for task in tasks]
            changes = [planned_change(task, batch_id, self._control) for task in planned]
            await self._off_loop(partial(work.embed, planned, changes), work.stop)
            await asyncio.to_thread(self._store.count, batch_id, work.completed, work.failed)
        if not steps and not await self._due(batch_id, began, 1.0):
            return "cancelled"
        await self._off_loop(partial(work.expire, course.late))
        await self._move(work.batch, ("in_progress",), "finalizing")
        return course.end

    async def _due(self, batch_id: str, began: float, share: float) -> bool:
        """Wait until this share of the delay has passed; return False as soon as the batch is cancelled."""
        cancelled = self._cancelled[batch_id]
        while (
            not cancelled.is_set() and (left := began + share * self._control.values.batch_delay - time.monotonic()) > 0
        ):
            with suppress(TimeoutError):
                await asyncio.wait_for(cancelled.wait(), min(left, _LOOK_AGAIN))
        return not cancelled.is_set()

    async def _finish(self, batch: Batch, sources: Sequence[str], target: str, outcome: Outcome) -> bool:
        files = [file for file in (outcome.output, outcome.errors) if file]
        return await self._move(
            batch,
            sources,
            target,
            files=files,
            bill=outcome.units,
            output_file_id=outcome.output.file_id if outcome.output else None,
            error_file_id=outcome.errors.file_id if outcome.errors else None,
            completed=outcome.completed,
            failed=outcome.failed,
            tokens=outcome.tokens,
        )

    async def _move(self, batch: Batch, sources: Sequence[str], target: str, **changes: object) -> bool:
        return await asyncio.to_thread(lambda: self._store.move(batch.batch_id, sources, target, **changes))  # type: ignore[arg-type]

    async def _off_loop(self, work: Callable[[], Result], stop: Callable[[], None] = lambda: None) -> Result:
        """Run `work` in the thread; if the task is cancelled meanwhile, return when the thread has stopped."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            stop()
            await asyncio.wait([future])
            future.exception()
            raise
