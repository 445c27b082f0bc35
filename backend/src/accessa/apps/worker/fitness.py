"""Whether a worker is alive, and whether it can do its job: what its probes are told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from accessa.apps.worker.loop_watch import LoopWatch
from accessa.domain.errors import AccessaError
from accessa.pipeline.services import Services
from accessa.providers.storage import BUCKETS
from accessa.store.schema_version import live_schema

_LOOK_SECONDS = 4.0
_OK = "ok"


class Fitness:
    """Knows when the worker last looked for work, and looks at what it stands on."""

    def __init__(self, services: Services, watch: LoopWatch) -> None:
        """Take the services, and the watch over the event loop."""
        self._services = services
        self._watch = watch
        self._turned = time.monotonic()
        database = services.settings.database
        # A turn may meet a silent database: a connection attempt and a statement, each given up in the end.
        self._longest_turn = 2 * (
            10 * services.settings.worker.poll_seconds
            + database.connect_timeout_seconds
            + database.statement_timeout_seconds
        )

    def turned(self) -> None:
        """Take in that the worker looks for work, or would if it had to."""
        self._turned = time.monotonic()

    def complaint(self) -> str:
        """Return why the process is not alive, or nothing; safe in any thread, and quick."""
        if held_up := self._watch.held_up_seconds():
            return f"The event loop has been held up for {held_up:.0f} s."
        if self._services.stopping.is_set():
            return "The worker is about to stop."
        silent = time.monotonic() - self._turned
        return f"The worker has not looked for work for {silent:.0f} s." if silent > self._longest_turn else ""

    async def checks(self) -> Mapping[str, str]:
        """Return what is missing for work, each in a sentence, and `ok` for what is not."""
        database, schema = await self._database()
        return {
            "database": database,
            "schema": schema,
            "storage": await self._storage(),
            "worker": self.complaint() or _OK,
        }

    async def _database(self) -> tuple[str, str]:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                found = await live_schema(self._services.database)
        except AccessaError as error:
            return (_OK, error.message) if error.code == "SCHEMA_UNKNOWN" else (error.message, "The database is away.")
        except TimeoutError:
            return "The database does not answer in time.", "The database is away."
        return _OK, _OK if found.fits else found.advice

    async def _storage(self) -> str:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._services.storage.ensure_buckets(BUCKETS)
        except AccessaError as error:
            return error.message
        except TimeoutError:
            return "The storage does not answer in time."
        return _OK
