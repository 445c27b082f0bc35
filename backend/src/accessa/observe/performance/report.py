"""The whole report: stages with their trend, the bottleneck, the service level and the forecast."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from accessa.domain.statuses import MOVES
from accessa.observe.performance.bottleneck import Bottleneck, find_bottleneck
from accessa.observe.performance.evidence import Evidence, StageTime
from accessa.observe.performance.forecast import foresee
from accessa.observe.performance.outlook import Outlook
from accessa.observe.performance.service_level import ServiceLevel, weigh
from accessa.observe.performance.spans import HOUR
from accessa.observe.performance.trend import Trend, compare
from accessa.settings import ServiceLevelSettings


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage: what it took, its share of the busy time, how long documents stood before it, and its trend."""

    time: StageTime
    share: float
    waited: float | None
    waiting: int
    trend: Trend


@dataclass(frozen=True, slots=True)
class Report:
    """What `accessa report performance` tells; `window` in seconds, `throughput` in documents an hour."""

    window: float
    throughput: float
    flow: dict[str, Any]
    stages: list[StageLine]
    bottleneck: Bottleneck
    level: ServiceLevel
    outlooks: list[Outlook]


def make_report(
    evidence: Evidence,
    promised: ServiceLevelSettings,
    *,
    documents_a_day: int | None = None,
    room_bytes: float | None = None,
) -> Report:
    """Draw every conclusion from `evidence`."""
    return Report(
        window=evidence.window,
        throughput=evidence.flow["completed"] / evidence.window * HOUR,
        flow=dict(evidence.flow),
        stages=_lines(evidence),
        bottleneck=find_bottleneck(evidence),
        level=weigh(evidence, promised),
        outlooks=foresee(evidence, documents_a_day=documents_a_day, room_bytes=room_bytes),
    )


def _lines(evidence: Evidence) -> list[StageLine]:
    busy = sum(time.seconds for time in evidence.stages) or 1.0
    return [_line(evidence, time, busy) for time in evidence.stages]


def _line(evidence: Evidence, time: StageTime, busy: float) -> StageLine:
    source = next((move.source for move in MOVES if move.stage == time.stage), None)
    wait, queue = evidence.waits.get(str(source)), evidence.queues.get(str(source))
    return StageLine(
        time=time,
        share=time.seconds / busy,
        waited=max(0.0, wait["mean_seconds"] - time.mean) if wait else None,
        waiting=queue["waiting"] if queue else 0,
        trend=compare(time, evidence.usual.get(time.stage)),
    )


def as_json(report: Report) -> dict[str, object]:
    """Return the report as one JSON object."""
    return {
        "window_seconds": report.window,
        "documents_per_hour": round(report.throughput, 1),
        "flow": report.flow,
        "stages": [_stage_row(line) for line in report.stages],
        "bottleneck": asdict(report.bottleneck),
        "service_level": {
            "missed": report.level.missed,
            "classes": [asdict(level) | {"sentence": level.sentence} for level in report.level.levels],
            "success": asdict(report.level.success) | {"sentence": report.level.success.sentence},
        },
        "forecast": [asdict(outlook) for outlook in report.outlooks],
    }


def _stage_row(line: StageLine) -> dict[str, object]:
    return {
        "stage": line.time.stage,
        "runs": line.time.runs,
        "mean_seconds": round(line.time.mean, 6),
        "p50_seconds": line.time.p50,
        "p95_seconds": line.time.p95,
        "share": round(line.share, 4),
        "waited_seconds": None if line.waited is None else round(line.waited, 3),
        "waiting": line.waiting,
        "trend": asdict(line.trend),
    }
