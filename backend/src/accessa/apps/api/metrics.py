"""Metrics in the form of Prometheus: those of this process, and what the database tells of gates, audit and age."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Response
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from accessa.apps.api.request_scope import ServicesOf
from accessa.domain.errors import AccessaError
from accessa.observe.metric import Reading, Sample
from accessa.observe.readings.audit import AuditReading
from accessa.observe.readings.database import OLDEST, DatabaseReading
from accessa.observe.readings.providers import GatesReading
from accessa.observe.readings.spending import SpendingReading
from accessa.observe.system_metrics import families
from accessa.store.database import Database
from accessa.telemetry.exposition import CONTENT_TYPE_LATEST, exposition
from accessa.telemetry.metric_names import Exporter
from accessa.telemetry.metrics import UPLOADS

router = APIRouter(tags=["health"])

# A scrape has to be over well before the next.
_LOOK_SECONDS = 3.0
_REFUSED, _FAILED, _KNOWN, _TAKEN = 400, 500, 200, 202
_UPLOADS = ("/documents", "/documents/uploads", "/documents/uploads/{subject}/complete")

READ_METRICS = (*GatesReading.metrics, *SpendingReading.metrics, *AuditReading.metrics, OLDEST)
"""What the API tells of the whole system."""


@router.get("/metrics", response_class=Response)
async def metrics(services: ServicesOf) -> Response:
    """Tell how this process is, the state of the providers' gates, the last audit, and the oldest transaction's age.

    What only the database knows is absent while it is silent.
    """
    services.database.pool_use.show()
    body = exposition(Exporter.API, _Read(await _read(services.database)))
    return Response(body, media_type=CONTENT_TYPE_LATEST)


async def _read(database: Database) -> list[Sample]:
    readings: tuple[Reading, ...] = (GatesReading(), SpendingReading(), AuditReading(), DatabaseReading())
    try:
        async with asyncio.timeout(_LOOK_SECONDS), database.connection() as connection:
            told = [sample for reading in readings for sample in await reading.read(connection)]
    except (AccessaError, TimeoutError):
        return []
    return [sample for sample in told if sample.metric in READ_METRICS]


class _Read(Collector):
    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield one family a metric."""
        return families(self._samples)


def count_upload(method: str, route: str, status: int) -> None:
    """Count a request that sends a file, or says that it is there, by how it ended; any other is left alone."""
    if method != "POST" or route not in _UPLOADS:
        return
    if status >= _FAILED:
        UPLOADS.labels("failed").inc()
    elif status >= _REFUSED:
        UPLOADS.labels("refused").inc()
    elif status in {_KNOWN, _TAKEN}:
        UPLOADS.labels("duplicate" if status == _KNOWN else "accepted").inc()
