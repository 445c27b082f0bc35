"""Reads the metrics of all targets at once, and notes who does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import httpx

from accessa.observe.promql.samples import STALE, Labels, SampleStore
from accessa.observe.scraping.exposition import wanted_samples
from accessa.observe.scraping.targets import Target

TIMEOUT_SECONDS = 1.0
#: The monitoring's own metrics may wait for a database that does not answer.
OWN_SECONDS = 4.0

OwnText = Callable[[], Awaitable[bytes]]


class Scraper:
    """Fills a store with samples; `own_text` renders the metrics of the process that it runs in."""

    def __init__(self, store: SampleStore, client: httpx.AsyncClient, own: Target, own_text: OwnText) -> None:
        self._store = store
        self._client = client
        self._own = own
        self._own_text = own_text
        self._known: set[Labels] = set()
        self._answering: set[Labels] = set()

    async def look(self, targets: Iterable[Target], at_ms: int) -> None:
        """Read every target, and take its samples as those of `at_ms`; one that does not answer has none, and is down.

        Never raises because of a target.
        """
        others = list(targets)
        texts = await asyncio.gather(self._read_own(), *(self._read(target) for target in others))
        for target, text in zip([self._own, *others], texts, strict=True):
            self._take(target.labels, text, at_ms)
        for gone in self._known - {self._own.labels, *(target.labels for target in others)}:
            self._lose(gone, at_ms)
            self._store.append(_up(gone), STALE, at_ms)
            self._known.discard(gone)

    def _take(self, target: Labels, text: str | None, at_ms: int) -> None:
        self._known.add(target)
        try:
            if text is None:
                self._lose(target, at_ms)
            else:
                self._store.take(target, list(wanted_samples(text, self._store.names)), at_ms)
                self._answering.add(target)
        except ValueError:
            self._lose(target, at_ms)
        self._store.append(_up(target), float(target in self._answering), at_ms)

    def _lose(self, target: Labels, at_ms: int) -> None:
        if target in self._answering:
            self._store.lose(target, at_ms)
            self._answering.discard(target)

    async def _read(self, target: Target) -> str | None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._client.get(target.url)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None
        return answer.text if answer.is_success else None

    async def _read_own(self) -> str | None:
        try:
            async with asyncio.timeout(OWN_SECONDS):
                return (await self._own_text()).decode()
        except Exception:  # noqa: BLE001 - whatever keeps the figures away has to be told by an alert, not end the watch
            return None


def _up(target: Labels) -> Labels:
    return tuple(sorted([("__name__", "up"), *target]))
