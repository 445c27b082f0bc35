"""Gathers small uploads that come at the same time, so that they share their trips to the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from accessa.apps.storage.object_store import ObjectStore
from accessa.apps.storage.object_table import Upload
from accessa.apps.storage.records import StoredObject

_MOST_TOGETHER = 64

_Waiting = tuple[Upload, "asyncio.Future[StoredObject]"]


class UploadsTogether:
    """Stores uploads in groups: while one is on its way to the disk, the next gathers. Use it from one event loop."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def put(self, upload: Upload) -> StoredObject:
        """Return the stored object once it is durable; raises what storing it alone would raise."""
        stored: asyncio.Future[StoredObject] = asyncio.get_running_loop().create_future()
        self._waiting.append((upload, stored))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._store_all())
        return await stored

    async def _store_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            _tell(group, await self._outcomes([upload for upload, _ in group]))

    async def _outcomes(self, uploads: Sequence[Upload]) -> Sequence[StoredObject | Exception]:
        try:
            return await asyncio.to_thread(self._store.put_together, uploads)
        except Exception as error:  # noqa: BLE001 - each caller has to hear of it, or would wait for ever
            return [error] * len(uploads)


def _tell(group: Sequence[_Waiting], outcomes: Sequence[StoredObject | Exception]) -> None:
    for (_, stored), outcome in zip(group, outcomes, strict=True):
        if stored.done():  # the caller has been cancelled meanwhile
            continue
        if isinstance(outcome, Exception):
            stored.set_exception(outcome)
        else:
            stored.set_result(outcome)
