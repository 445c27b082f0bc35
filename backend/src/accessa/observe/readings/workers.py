"""Workers by their signs of life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from accessa.observe.metric import Sample, gauge
from accessa.settings import WorkerSettings
from accessa.store.database import Connection
from accessa.store.statements import load

WORKERS = gauge(
    "accessa_workers", "Workers by state; silent are those that fell silent within the last 15 minutes", "state"
)
ALIVE = gauge("accessa_workers_alive", "Workers that gave a sign of life of late")
SILENT = gauge("accessa_worker_silent_seconds", "Since the worker's last sign of life", "worker")
IN_HAND = gauge("accessa_worker_jobs_in_hand", "Jobs that the worker has in hand", "worker")
_VITALS = {
    "resident_bytes": gauge("accessa_worker_resident_bytes", "Memory of the worker", "worker"),
    "loop_lag_seconds": gauge(
        "accessa_worker_loop_lag_seconds",
        "Longest turn of the worker's event loop since the sign of life before",
        "worker",
    ),
    "clock_ahead_seconds": gauge(
        "accessa_worker_clock_ahead_seconds", "The worker's clock minus the database's", "worker"
    ),
}
_STATES = ("running", "draining", "stalled", "silent")
_MISSED_BEATS = 3
_MEMORY_SECONDS = 900.0
_SILENT_SHOWN = 5


class WorkersReading:
    """Whoever is at work, and whoever fell silent without an orderly end."""

    metrics = (WORKERS, ALIVE, SILENT, IN_HAND, *_VITALS.values())
    every_seconds = 1.0

    def __init__(self, settings: WorkerSettings) -> None:
        self._alive_seconds = _MISSED_BEATS * settings.heartbeat_seconds
        #: where those that were alive at the last look can be asked for their own metrics; none before the first
        self.metrics_urls: dict[str, str] | None = None

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the workers' states and what they tell of themselves."""
        rows = await connection.fetch(load("sight_workers"), self._alive_seconds, _MEMORY_SECONDS, _SILENT_SHOWN)
        states = Counter(row["state"] if row["alive"] else "silent" for row in rows)
        self.metrics_urls = {
            row["worker_id"]: row["metrics_url"] for row in rows if row["alive"] and row["metrics_url"]
        }
        return [
            *(Sample(WORKERS, states[state], (state,)) for state in _STATES),
            Sample(ALIVE, sum(row["alive"] for row in rows)),
            *(sample for row in rows for sample in _of_worker(row)),
        ]


def _of_worker(row: Mapping[str, Any]) -> list[Sample]:
    worker = (row["worker_id"],)
    samples = [Sample(SILENT, row["silent_seconds"], worker)]
    if not row["alive"]:
        return samples
    vitals = row["vitals"] if isinstance(row["vitals"], dict) else orjson.loads(row["vitals"])
    told = [
        Sample(metric, float(vitals[name]), worker)
        for name, metric in _VITALS.items()
        if isinstance(vitals.get(name), int | float)
    ]
    return [*samples, Sample(IN_HAND, row["jobs_in_hand"], worker), *told]
