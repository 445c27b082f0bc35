"""What the monitoring answers at /metrics: itself, the whole system by the database, and the health of the services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from accessa.apps.monitor.overview import Observer
from accessa.observe.alerts.alert_metrics import alert_samples
from accessa.observe.alerts.board import AlertBoard
from accessa.observe.metric import Sample
from accessa.observe.service_metrics import service_samples
from accessa.observe.system_metrics import SystemMetrics, families
from accessa.telemetry.exposition import exposition
from accessa.telemetry.metric_names import Exporter


class MonitorMetrics:
    """Looks at what is due, and tells all that is known."""

    def __init__(self, observer: Observer, system: SystemMetrics, board: AlertBoard) -> None:
        """Take those who look, and the board of alerts."""
        self._observer = observer
        self._system = system
        self._board = board

    async def text(self) -> bytes:
        """Return everything as Prometheus reads it; the database and the services may be away."""
        samples = [
            *await self._system.refresh(),
            *service_samples(await self._observer.services()),
            *alert_samples(self._board),
        ]
        return exposition(Exporter.MONITORING, _Samples(samples))


class _Samples(Collector):
    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield them as families."""
        return families(self._samples)
