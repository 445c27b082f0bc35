"""The watch over alerts, put together for the monitoring service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import httpx

from accessa.observe.alerts.catalogue import history_needed, load_catalogue
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


class Alerting:
    """Everything about alerts that the monitoring holds; nothing is asked or sent before it runs."""

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Read the catalogue and open the channels; raises `UsageError` SETTINGS_INVALID when one of them is wrong."""
        rules = load_catalogue(settings.alert.file)
        self.settings = settings.alert
        self._settings = settings
        self._added = read_targets(settings.alert.targets)
        self._transport = transport
        self._scraper: Scraper | None = None
        self._workers: Callable[[], Mapping[str, str]] = dict
        self.store = SampleStore(history_needed(rules))
        self.records = AlertRecords(settings.database.url.get_secret_value())
        self.delivery = Delivery(open_channels(settings.alert))
        self.watch = AlertWatch(rules, self.store, self._look, self.records, settings.alert)

    @contextlib.asynccontextmanager
    async def running(
        self, own_text: Callable[[], Awaitable[bytes]], workers: Callable[[], Mapping[str, str]]
    ) -> AsyncIterator[None]:
        """Watch while the block lasts; `own_text` renders our own metrics, `workers` gives the addresses of theirs."""
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
                await self.records.close()

    async def _look(self, at_ms: int) -> None:
        if self._scraper is not None:
            services = await asyncio.to_thread(known_services, self._settings)
            await self._scraper.look(find_targets(services, self._workers(), self._added), at_ms)
