"""What a process answers at /metrics: its own instruments, its memory and loop, and whatever the caller adds."""

from __future__ import annotations

from functools import cache

import psutil
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

import accessa
from accessa.telemetry import metrics
from accessa.telemetry.loop_lag import worst_lag
from accessa.telemetry.metric_names import Exporter

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]


def exposition(exporter: Exporter, *more: Collector) -> bytes:
    """Return the metrics of this process, which is an `exporter`, and those of `more`, as Prometheus reads them."""
    metrics.BUILD.clear()
    metrics.BUILD.labels(exporter.value, accessa.__version__).set(1)
    metrics.RESIDENT.set(resident_bytes())
    metrics.LOOP_LAG.set(worst_lag())
    added = CollectorRegistry(auto_describe=False)
    for collector in more:
        added.register(collector)
    return generate_latest(_own(exporter)) + generate_latest(added)


def resident_bytes() -> int:
    """Return how much memory this process holds in RAM."""
    return int(psutil.Process().memory_info().rss)


@cache
def _own(exporter: Exporter) -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for described, instrument in metrics.INSTRUMENTS.values():
        if exporter in described.exported_by:
            registry.register(instrument)
    return registry
