"""The watch over alerts, put together for the monitoring service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import httpx

from accessa.domain.errors import RecoverableError
from accessa.observe.alerts.catalogue import history_needed, load_catalogue, load_inhibitions
from accessa.observe.alerts.channels import open_channels
from accessa.observe.alerts.delivery import Delivery
from accessa.observe.alerts.records import AlertRecords
from accessa.observe.alerts.watch import AlertWatch
from accessa.observe.promql.samples import SampleStore
from accessa.observe.scraping.scraper import TIMEOUT_SECONDS, Scraper
from accessa.observe.scraping.targets import Target, find_targets, read_targets
from accessa.observe.service_list import known_services
from accessa.settings import Settings

OWN_JOB = "monitoring"
#: Gives the addresses of the workers' metrics as they were known last; none as long as nobody could tell.
Workers = Callable[[], Awaitable[Mapping[str, str] | None]]


class Alerting:
    """Everything about alerts that the monitoring holds; nothing is asked or sent before it runs."""

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Read the catalogue and open the channels; raises `UsageError` SETTINGS_INVALID when one of them is wrong."""
        rules, inhibitions = load_catalogue(settings.alert.file), load_inhibitions(settings.alert.file)
        self.settings = settings.alert
        self._settings = settings
        self._added = read_targets(settings.alert.targets)
        self._transport = transport
        self._scraper: Scraper | None = None
        self._workers: Workers | None = None
        self.store = SampleStore(history_needed(rules))
        self.records = AlertRecords(settings.database.url.get_secret_value())
        self.delivery = Delivery(open_channels(settings.alert))
        self.watch = AlertWatch(rules, self.store, self._look, self.records, settings.alert, inhibitions=inhibitions)

    @contextlib.asynccontextmanager
    async def running(self, own_text: Callable[[], Awaitable[bytes]], workers: Workers) -> AsyncIterator[None]:
        """Watch while the block lasts; `own_text` renders our own metrics."""
        self._workers = workers
        async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            self._scraper = Scraper(self.store, client, Target(OWN_JOB, OWN_JOB, ""), own_text)
            self.delivery.start()
            task = asyncio.create_task(self.watch.run(self.delivery))
            try:
                yield
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                await self.delivery.stop()
                # What is over and not written would be over once more after a restart.
                await self.records.flush()
                await self.records.close()

    async def targets(self) -> list[Target]:
        """Return whose metrics are read, but for our own; while the database is silent, its last workers stay.

        Raises `RecoverableError` DATABASE_UNAVAILABLE when the workers have not been known once: a list without them
        would say that they are gone.
        """
        workers = await self._known_workers()
        if workers is None:
            raise RecoverableError("DATABASE_UNAVAILABLE")
        return await self._find(workers)

    async def _look(self, at_ms: int) -> None:
        if self._scraper is not None:
            await self._scraper.look(await self._find(await self._known_workers() or {}), at_ms)

    async def _known_workers(self) -> Mapping[str, str] | None:
        return await self._workers() if self._workers else None

    async def _find(self, workers: Mapping[str, str]) -> list[Target]:
        services = await asyncio.to_thread(known_services, self._settings)
        return find_targets(services, workers, self._added)
