"""What stands behind the routes of batches."""

from __future__ import annotations

import asyncio

from mock_providers.control import Control
from mock_providers.faults import Fault
from mock_providers.openai import fault_kinds
from mock_providers.openai.batch_request import read_batch
from mock_providers.openai.batch_runner import BatchRunner
from mock_providers.openai.batch_store import Batch, BatchStore, NewBatch
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.errors import no_such_batch
from mock_providers.openai.paging import unknown_cursor


class BatchService:
    """Creates, finds and cancels batches. Use it from one event loop."""

    def __init__(self, control: Control[DeskValues], store: BatchStore, runner: BatchRunner) -> None:
        self._control = control
        self._store = store
        self._runner = runner

    async def create(self, body: bytes, number: int) -> Batch:
        """Create the batch that call `number` asks for, and begin its work; raises the 400 of a wrong body."""
        wanted = read_batch(body)
        batch = await asyncio.to_thread(self._store.create, wanted, self._fault(wanted, number))
        self._runner.start(batch.batch_id)
        return batch

    async def find(self, batch_id: str) -> Batch:
        """Return a batch; raises the 404."""
        batch = await asyncio.to_thread(self._store.find, batch_id)
        if batch is None:
            raise no_such_batch(batch_id)
        return batch

    async def cancel(self, batch_id: str) -> Batch:
        """Begin to cancel a batch; raises the 404, or the 409 of one that has ended."""
        await self.find(batch_id)
        return await self._runner.cancel(batch_id)

    async def newest(self, limit: int, after: str | None) -> list[Batch]:
        """Return up to `limit` batches, newest first, those after the batch `after`."""
        last = await asyncio.to_thread(self._store.find, after) if after is not None else None
        if after is not None and last is None:
            raise unknown_cursor(after)
        return await asyncio.to_thread(self._store.newest, limit, last.place if last else None)

    def _fault(self, wanted: NewBatch, number: int) -> Fault | None:
        subjects = [wanted.input_file_id, *(wanted.metadata or {}).values()]
        return self._control.fault("batch", number, fault_kinds.BATCH, subjects)
