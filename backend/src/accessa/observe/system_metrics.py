"""The whole system as metrics: every reading looked at when it is due, and what it told kept until then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from accessa.observe.database_view import Database
from accessa.observe.metric import Metric, Reading, Sample, gauge
from accessa.store.database import Connection

UP = gauge("accessa_database_up", "1 while Postgres answers the monitoring, else 0")
LOOK = gauge("accessa_database_look_seconds", "What the last look of the monitoring at the database took")
OWN_METRICS = (UP, LOOK)
# A reading that took long is repeated so much later that it takes this part of one processor's time.
_SHARE = 0.0025
# But for this time, which a busy machine adds to the cheapest look.
_ALLOWED_SECONDS = 0.02
_REFRESH_SECONDS = 0.5


@dataclass(slots=True)
class _Kept:
    reading: Reading
    due_at: float = 0.0
    samples: list[Sample] = field(default_factory=list)


class SystemMetrics(Collector):
    """Asks the database as often as each reading wants, but less often what takes it long.

    While the database is silent, only that is told: figures of before must not pass for those of now.
    """

    def __init__(self, database: Database, readings: Sequence[Reading]) -> None:
        self._database = database
        self._kept = [_Kept(reading) for reading in readings]
        self._own: list[Sample] = []
        self._looked_at = 0.0
        self._looking = asyncio.Lock()

    async def refresh(self) -> list[Sample]:
        """Look at what is due, at most twice a second however many ask, and return all that is known now."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= _REFRESH_SECONDS:
                await self._look()
        return self.samples()

    def samples(self) -> list[Sample]:
        """Return what is known since the last look."""
        return [*self._own, *(sample for kept in self._kept for sample in kept.samples)]

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield the families of what is known."""
        return families(self.samples())

    async def _look(self) -> None:
        started = time.monotonic()
        answers = True
        for kept in self._kept:
            if kept.due_at <= time.monotonic():
                answers = await self._read(kept)
            if not answers:
                break
        self._looked_at = time.monotonic()
        self._own = [Sample(UP, float(answers))]
        if answers:
            self._own.append(Sample(LOOK, self._looked_at - started))
        else:
            for kept in self._kept:
                kept.samples, kept.due_at = [], 0.0

    async def _read(self, kept: _Kept) -> bool:
        """Read one; False when the database is silent. What it cannot tell, such as a later table, is absent."""
        took = 0.0

        async def timed(connection: Connection) -> list[Sample]:
            nonlocal took
            started = time.monotonic()
            try:
                return await kept.reading.read(connection)
            finally:
                took = time.monotonic() - started

        answer = await self._database.ask(timed)
        kept.samples = answer.value or []
        rest = max(0.0, took - _ALLOWED_SECONDS) / _SHARE
        kept.due_at = time.monotonic() + max(kept.reading.every_seconds - _REFRESH_SECONDS / 2, rest)
        return answer.answers


def families(samples: Iterable[Sample]) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
    """Yield samples as Prometheus's families, one for each metric."""
    by_metric: dict[Metric, GaugeMetricFamily | CounterMetricFamily] = {}
    for metric, value, labels in samples:
        family = by_metric.get(metric)
        if family is None:
            kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = by_metric[metric] = kind(metric.name, metric.help, labels=metric.labels)
        family.add_metric(labels, float(value))
    return by_metric.values()
