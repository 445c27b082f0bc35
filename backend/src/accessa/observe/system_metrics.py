"""The whole system as metrics: every reading looked at when it is due, and what it told kept until then."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from accessa.observe.database_view import Database, Trouble
from accessa.observe.metric import Metric, Reading, Sample, gauge
from accessa.observe.paced import LookCost
from accessa.store.database import Connection

UP = gauge("accessa_database_up", "1 while Postgres answers the monitoring, else 0")
LOOK = gauge("accessa_database_look_seconds", "What the longest look at the database of the last 10 seconds took")
MISSING = gauge(
    "accessa_figures_missing", "Subjects of which the database could not tell the figures at the last look", "reason"
)
OWN_METRICS = (UP, LOOK, MISSING)
# A reading that takes long is repeated so much later that it takes this part of one processor's time.
_SHARE = 0.0007
_REFRESH_SECONDS = 0.5
_LONGEST_OF_SECONDS = 10.0
_AGAIN_SECONDS = 2.0


@dataclass(slots=True)
class _Kept:
    reading: Reading
    due_at: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    cost: LookCost = field(default_factory=LookCost)
    trouble: Trouble | None = None

    async def look(self, connection: Connection) -> None:
        """Read, and keep what it tells until it is due again."""
        started = time.monotonic()
        samples = await self.reading.read(connection)
        self._rest(self.reading.every_seconds, time.monotonic() - started)
        self.samples, self.trouble = samples, None

    def miss(self, trouble: Trouble | None, took: float) -> None:
        """Know nothing until the next look; who waited for a lock took none of the processor's time."""
        self._rest(min(self.reading.every_seconds, _AGAIN_SECONDS), took if trouble is Trouble.SLOW else None)
        self.samples, self.trouble = [], trouble

    def _rest(self, seconds: float, took: float | None) -> None:
        pause = 0.0 if took is None else self.cost.pause_after(took, share=_SHARE)
        self.due_at = time.monotonic() + max(seconds - _REFRESH_SECONDS / 2, pause)


class SystemMetrics(Collector):
    """Asks the database as often as each reading wants, but less often what takes it long.

    While the database is silent, only that is told: figures of before must not pass for those of now.
    """

    def __init__(self, database: Database, readings: Sequence[Reading]) -> None:
        self._database = database
        self._kept = [_Kept(reading) for reading in readings]
        self._own: list[Sample] = []
        self._looks: deque[tuple[float, float]] = deque()
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
        self._looks.append((self._looked_at, self._looked_at - started))
        while self._looks[0][0] < self._looked_at - _LONGEST_OF_SECONDS:
            self._looks.popleft()
        self._own = [Sample(UP, float(answers))]
        if answers:
            missing = Counter(kept.trouble for kept in self._kept if kept.trouble)
            self._own.append(Sample(LOOK, max(took for _, took in self._looks)))
            self._own += [Sample(MISSING, number, (trouble.value,)) for trouble, number in missing.items()]
        else:
            for kept in self._kept:
                kept.samples, kept.due_at = [], 0.0

    async def _read(self, due: Sequence[_Kept]) -> bool:
        """Read all that is due, at one moment where it can; False when the database is silent.

        What one of them cannot tell, such as a later or a locked table, takes nothing from those after it.
        """
        rest = deque(due)

        async def look_at_rest(connection: Connection) -> None:
            while rest:
                await rest[0].look(connection)
                rest.popleft()

        while rest:
            started = time.monotonic()
            answer = await self._database.ask(look_at_rest)
            if not answer.answers:
                return False
            if rest:
                rest.popleft().miss(answer.trouble, time.monotonic() - started)
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
