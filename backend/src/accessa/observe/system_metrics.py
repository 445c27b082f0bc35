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
from accessa.observe.paced import LookCost
from accessa.store.database import Connection

UP = gauge("accessa_database_up", "1 while Postgres answers the monitoring, else 0")
LOOK = gauge("accessa_database_look_seconds", "What the last look of the monitoring at the database took")
OWN_METRICS = (UP, LOOK)
# A reading that takes long is repeated so much later that it takes this part of one processor's time.
_SHARE = 0.0007
_REFRESH_SECONDS = 0.5


@dataclass(slots=True)
class _Kept:
    reading: Reading
    due_at: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    cost: LookCost = field(default_factory=LookCost)

    async def look(self, connection: Connection) -> None:
        """Read, and keep what it tells until it is due again."""
        started = time.monotonic()
        try:
            self.samples = []
            self.samples = await self.reading.read(connection)
        finally:
            ended = time.monotonic()
            pause = self.cost.pause_after(ended - started, share=_SHARE)
            self.due_at = ended + max(self.reading.every_seconds - _REFRESH_SECONDS / 2, pause)


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
        answers = await self._read([kept for kept in self._kept if kept.due_at <= started])
        self._looked_at = time.monotonic()
        self._own = [Sample(UP, float(answers))]
        if answers:
            self._own.append(Sample(LOOK, self._looked_at - started))
        else:
            for kept in self._kept:
                kept.samples, kept.due_at = [], 0.0

    async def _read(self, due: Sequence[_Kept]) -> bool:
        """Read all that is due at one moment; False when the database is silent.

        What one of them cannot tell, such as a later table, is absent, and takes nothing from the others.
        """

        async def look_at_all(connection: Connection) -> bool:
            for kept in due:
                await kept.look(connection)
            return True

        if not due:
            return True
        answer = await self._database.ask(look_at_all)
        if not answer.answers or answer.value or len(due) == 1:
            return answer.answers
        for kept in due:
            if not await self._read([kept]):
                return False
        return True


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
