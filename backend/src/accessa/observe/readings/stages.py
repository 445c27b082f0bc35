"""How long the stages take, beside what they usually take."""

from __future__ import annotations

from collections.abc import Mapping
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
    "What a stage usually takes: as it was kept, else in the last 7 days but for the last hour, else earlier in that "
    "hour; where too little is known 15 s are assumed",
    "stage",
    "measure",
    "source",
)
_RECENT_SECONDS = 120.0
_EARLIER_SECONDS = 180.0
_HOUR = 3600.0
_WEEK = 7 * 86_400.0
# So many runs have to be known before anything is called usual; within an hour more than canaries alone make.
_USUAL_RUNS, _USUAL_RUNS_OF_AN_HOUR = 50, 15
_ASSUMED_SECONDS = 15.0

_Row = Mapping[str, Any]


class StageTimesReading:
    """The last minutes and the hour each time; what is usual in a week once in 10 minutes."""

    metrics = (RECENT, RUNS, BASELINE)
    every_seconds = 5.0

    def __init__(self) -> None:
        self._looks = 0
        self._of_week: list[_Row] = []

    async def read(self, connection: Connection) -> list[Sample]:
        """Return recent times and baselines by stage."""
        recent = await connection.fetch(load("sight_stage_timings"), _RECENT_SECONDS, 0.0)
        if self._looks % 120 == 0:
            self._of_week = await connection.fetch(load("sight_stage_timings"), _WEEK, _HOUR)
        self._looks += 1
        of_hour = await connection.fetch(load("sight_stage_timings"), _HOUR, _EARLIER_SECONDS)
        kept = await connection.fetch(load("sight_stage_baselines"))
        baselines = {
            **{row["stage"]: _assumed(row) for row in recent},
            **{row["stage"]: _learnt(row, "last_hour") for row in of_hour if row["runs"] >= _USUAL_RUNS_OF_AN_HOUR},
            **{row["stage"]: _learnt(row, "last_7_days") for row in self._of_week if row["runs"] >= _USUAL_RUNS},
            **{row["stage"]: _kept(row) for row in kept},
        }
        return [
            *(sample for row in recent for sample in _recent(row)),
            *(sample for stage in sorted(baselines) for sample in baselines[stage]),
        ]


def _recent(row: _Row) -> list[Sample]:
    stage, buckets = row["stage"], row["buckets"]
    return [
        Sample(RUNS, row["runs"], (stage,)),
        Sample(RECENT, row["seconds"] / row["runs"], (stage, "mean")),
        Sample(RECENT, quantile(buckets, 0.5), (stage, "0.5")),
        Sample(RECENT, quantile(buckets, 0.95), (stage, "0.95")),
    ]


def _assumed(row: _Row) -> list[Sample]:
    return [Sample(BASELINE, _ASSUMED_SECONDS, (row["stage"], "mean", "assumed"))]


def _learnt(row: _Row, source: str) -> list[Sample]:
    return [
        Sample(BASELINE, row["seconds"] / row["runs"], (row["stage"], "mean", source)),
        Sample(BASELINE, quantile(row["buckets"], 0.95), (row["stage"], "0.95", source)),
    ]


def _kept(row: _Row) -> list[Sample]:
    return [
        Sample(BASELINE, row["mean_seconds"], (row["stage"], "mean", "kept")),
        Sample(BASELINE, row["p95_seconds"], (row["stage"], "0.95", "kept")),
    ]
