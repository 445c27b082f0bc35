"""What the database tells of the last hours, read in one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accessa.domain.error_catalogue import LEFT_ALONE
from accessa.observe.canary_api import CANARY_USER
from accessa.observe.stage_quantiles import quantile
from accessa.settings import ServiceLevelSettings
from accessa.store.database import Connection
from accessa.store.statements import load

Row = Mapping[str, Any]

SIZE_CLASSES = (("under 100 kB", 0), ("100 kB to 1 MB", 100_000), ("1 MB to 10 MB", 1_000_000), ("over 10 MB", 10**7))
"""Classes of documents by size: a name, and the bytes at which it begins."""

_SAMPLE = 2000
_WEEK_SECONDS = 7 * 86_400.0
_SILENT_WORKERS = (15.0, 60.0, 0)


@dataclass(frozen=True, slots=True)
class StageTime:
    """All runs of one stage within a time, in seconds; the quantiles as far as the buckets tell."""

    stage: str
    runs: int
    seconds: float
    p50: float
    p95: float

    @property
    def mean(self) -> float:
        """What one run took on average."""
        return self.seconds / self.runs


@dataclass(frozen=True, slots=True)
class Usual:
    """What a stage usually takes, in seconds: `kept` on purpose some seconds ago, or learnt from the days before."""

    runs: int
    mean: float
    p95: float
    kept_seconds_ago: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a report rests on; `window` are the seconds looked back."""

    window: float
    stages: list[StageTime]
    usual: dict[str, Usual]
    flow: Row
    queues: dict[str, Row]
    waits: dict[str, Row]
    levels: list[Row]
    pace: list[Row]
    calls: list[Row]
    gates: list[Row]
    workers: list[Row]
    sizes: Row


async def gather_evidence(connection: Connection, window: float, promised: ServiceLevelSettings) -> Evidence:
    """Read all evidence of the last `window` seconds in the caller's transaction."""
    return Evidence(
        window=window,
        stages=await read_stages(connection, window),
        usual=await _read_usual(connection, window),
        flow=await connection.fetchrow(load("report_flow"), window, CANARY_USER),
        queues={row["status"]: row for row in await connection.fetch(load("report_queues"), CANARY_USER)},
        waits={
            row["status"]: row for row in await connection.fetch(load("report_waits"), window, _SAMPLE, CANARY_USER)
        },
        levels=await connection.fetch(
            load("report_service_level"),
            window,
            [begins for _, begins in SIZE_CLASSES],
            promised_seconds(promised),
            sorted(LEFT_ALONE),
            CANARY_USER,
        ),
        pace=await connection.fetch(load("report_pace"), window, CANARY_USER),
        calls=await connection.fetch(load("report_calls"), window),
        gates=await connection.fetch(load("sight_gates")),
        workers=await connection.fetch(load("sight_workers"), *_SILENT_WORKERS),
        sizes=await connection.fetchrow(load("report_sizes")),
    )


def promised_seconds(promised: ServiceLevelSettings) -> list[float]:
    """Return the seconds promised for each class of size."""
    return [promised.small_seconds, promised.medium_seconds, promised.large_seconds, promised.huge_seconds]


async def read_stages(connection: Connection, since: float, until: float = 0.0) -> list[StageTime]:
    """Return what the stages took from `since` to `until` seconds ago, the one that took most first."""
    rows = await connection.fetch(load("sight_stage_timings"), since, until)
    times = [
        StageTime(
            row["stage"], row["runs"], row["seconds"], quantile(row["buckets"], 0.5), quantile(row["buckets"], 0.95)
        )
        for row in rows
        if row["runs"]
    ]
    return sorted(times, key=lambda time: -time.seconds)


async def keep_baseline(connection: Connection, stages: Sequence[StageTime]) -> None:
    """Make these times what is usual from now on."""
    rows = [(time.stage, time.runs, time.mean, time.p95) for time in stages]
    await connection.executemany(load("keep_stage_baseline"), rows)


async def _read_usual(connection: Connection, window: float) -> dict[str, Usual]:
    """Return what was kept; for a stage of which nothing was, what it took in the week before the window."""
    before = await read_stages(connection, window + _WEEK_SECONDS, window)
    usual = {time.stage: Usual(time.runs, time.mean, time.p95, None) for time in before}
    for row in await connection.fetch(load("list_stage_baselines")):
        usual[row["stage"]] = Usual(row["runs"], row["mean_seconds"], row["p95_seconds"], row["seconds_ago"])
    return usual
