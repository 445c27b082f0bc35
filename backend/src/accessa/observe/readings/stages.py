"""How long the stages take, beside what they usually take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accessa.observe.metric import Sample, gauge
from accessa.observe.stage_quantiles import quantile
from accessa.store.database import Connection
from accessa.store.statements import load

RECENT = gauge(
    "accessa_stage_recent_seconds",
    "What a stage took in the last 2 minutes: mean, and quantiles by buckets",
    "stage",
    "measure",
)
RUNS = gauge("accessa_stage_recent_runs", "How often a stage ran in the last 2 minutes", "stage")
BASELINE = gauge(
    "accessa_stage_baseline_seconds",
    "What a stage usually takes: as it was kept, else as in the last 7 days but for the last hour",
    "stage",
    "measure",
)
_RECENT_SECONDS = 120.0
_HOUR = 3600.0
_WEEK = 7 * 86_400.0
# So many runs have to be known before anything is called usual.
_USUAL_RUNS = 50


class StageTimesReading:
    """The last minutes each time; what is usual once in 10 minutes."""

    metrics = (RECENT, RUNS, BASELINE)
    every_seconds = 5.0

    def __init__(self) -> None:
        self._looks = 0
        self._learnt: list[Sample] = []

    async def read(self, connection: Connection) -> list[Sample]:
        """Return recent times and baselines by stage."""
        recent = await connection.fetch(load("sight_stage_timings"), _RECENT_SECONDS, 0.0)
        if self._looks % 120 == 0:
            weeks = await connection.fetch(load("sight_stage_timings"), _WEEK, _HOUR)
            self._learnt = [sample for row in weeks if row["runs"] >= _USUAL_RUNS for sample in _baseline(row)]
        self._looks += 1
        kept = await connection.fetch(load("sight_stage_baselines"))
        return [*(sample for row in recent for sample in _recent(row)), *self._baselines(kept)]

    def _baselines(self, kept: Sequence[Mapping[str, Any]]) -> list[Sample]:
        stages = {row["stage"] for row in kept}
        samples = [sample for sample in self._learnt if sample.labels[0] not in stages]
        for row in kept:
            samples += [
                Sample(BASELINE, row["mean_seconds"], (row["stage"], "mean")),
                Sample(BASELINE, row["p95_seconds"], (row["stage"], "0.95")),
            ]
        return samples


def _recent(row: Mapping[str, Any]) -> list[Sample]:
    stage, buckets = row["stage"], row["buckets"]
    return [
        Sample(RUNS, row["runs"], (stage,)),
        Sample(RECENT, row["seconds"] / row["runs"], (stage, "mean")),
        Sample(RECENT, quantile(buckets, 0.5), (stage, "0.5")),
        Sample(RECENT, quantile(buckets, 0.95), (stage, "0.95")),
    ]


def _baseline(row: Mapping[str, Any]) -> list[Sample]:
    return [
        Sample(BASELINE, row["seconds"] / row["runs"], (row["stage"], "mean")),
        Sample(BASELINE, quantile(row["buckets"], 0.95), (row["stage"], "0.95")),
    ]
