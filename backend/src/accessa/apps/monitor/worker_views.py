"""The workers as the page shows them: their signs of life, and what they have in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accessa.observe.figures import Worker
from accessa.observe.held_jobs import HeldJobs
from accessa.observe.metric import Sample


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker process; what it does not tell of itself is none. Seconds and bytes."""

    worker_id: str
    host: str
    pid: int
    state: str
    version: str
    age_seconds: float
    silent_seconds: float
    alive: bool
    jobs_in_hand: int | None
    held: dict[str, int]
    held_longest_seconds: float | None
    resident_bytes: float | None
    loop_lag_seconds: float | None
    clock_ahead_seconds: float | None


def view_workers(
    workers: Sequence[Worker], held: Mapping[str, HeldJobs], samples: Sequence[Sample]
) -> list[WorkerView]:
    """Join what the heartbeat, the leases and the vitals tell of each worker."""
    return [_view(worker, held.get(worker.worker_id), samples) for worker in workers]


def _view(worker: Worker, held: HeldJobs | None, samples: Sequence[Sample]) -> WorkerView:
    vitals = {
        sample.metric.name.removeprefix("accessa_worker_"): sample.value
        for sample in samples
        if sample.labels == (worker.worker_id,)
    }
    return WorkerView(
        worker_id=worker.worker_id,
        host=worker.host,
        pid=worker.pid,
        state=worker.state,
        version=worker.version,
        age_seconds=worker.age_seconds,
        silent_seconds=worker.silent_seconds,
        alive=worker.alive,
        jobs_in_hand=worker.jobs_in_hand,
        held=held.jobs if held and worker.alive else {},
        held_longest_seconds=held.longest_seconds if held and worker.alive else None,
        resident_bytes=vitals.get("resident_bytes"),
        loop_lag_seconds=vitals.get("loop_lag_seconds"),
        clock_ahead_seconds=vitals.get("clock_ahead_seconds"),
    )
