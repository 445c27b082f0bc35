"""What the monitoring answers at /metrics: itself, the whole system by the database, and the health of the services."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from accessa.apps.monitor.watcher import Watcher
from accessa.observe.alerts.alert_metrics import alert_samples
from accessa.observe.alerts.board import AlertBoard
from accessa.observe.metric import Sample
from accessa.observe.service_metrics import service_samples
from accessa.observe.system_metrics import SystemMetrics, families
from accessa.telemetry.exposition import exposition
from accessa.telemetry.metric_names import Exporter

# The watch over alerts renders every second; when a service or the database hangs, it takes some seconds.
FRESH_SECONDS = 6.0


class MonitorMetrics:
    """Looks at what is due, and tells all that is known."""

    def __init__(self, watcher: Watcher, system: SystemMetrics, board: AlertBoard) -> None:
        """Take those who look, and the board of alerts."""
        self._watcher = watcher
        self._system = system
        self._board = board
        self._rendered: tuple[float, bytes] | None = None

    async def latest(self) -> bytes:
        """Return what was rendered last for the watch over alerts, without waiting for anybody; else as `text`.

        Prometheus gives a scrape up after its time-out: waiting for a service that hangs would hide just that.
        """
        if self._rendered is not None and time.monotonic() - self._rendered[0] < FRESH_SECONDS:
            return self._rendered[1]
        return await self.text()

    async def text(self) -> bytes:
        """Return everything as Prometheus reads it; the database and the services may be away."""
        samples = [
            *await self._system.refresh(),
            *service_samples(await self._watcher.services()),
            *alert_samples(self._board),
        ]
        text = exposition(Exporter.MONITORING, _Samples(samples))
        self._rendered = (time.monotonic(), text)
        return text


class _Samples(Collector):
    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield them as families."""
        return families(self._samples)
