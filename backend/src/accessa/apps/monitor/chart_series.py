"""The series of the charts as columns: a list of moments, and beside it one list for each line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accessa.apps.monitor.gauge_history import GaugeHistory
from accessa.observe.ended_by_second import KEPT_SECONDS, EndedBySecond
from accessa.observe.minute_history import Minute, MinuteHistory
from accessa.observe.stage_quantiles import quantile

Columns = dict[str, Any]
# The second that is under way and those that a late commit may still add to are drawn again with each look.
TAIL_SECONDS = 6


def minute_columns(history: MinuteHistory, gauges: GaugeHistory) -> Columns:
    """Return the last hour by the minute; a value that nobody knows is null."""
    starts = history.starts()
    minutes = [history.at(start) for start in starts]
    depths = [gauges.depth_in(start) for start in starts]
    return {
        "at": [int(start.timestamp()) for start in starts],
        "completed": [minute.completed for minute in minutes],
        "failed": [minute.failed for minute in minutes],
        "p50": [_rounded(minute.p50) for minute in minutes],
        "p95": [_rounded(minute.p95) for minute in minutes],
        "unfinished": [depth.unfinished if depth else None for depth in depths],
        "due": [depth.due if depth else None for depth in depths],
        "stages": {stage: _stage(minutes, stage) for stage in _names(minute.stages for minute in minutes)},
        "providers": {name: _provider(minutes, name) for name in _names(minute.calls for minute in minutes)},
        "tables": {table: _table(history, gauges, table) for table in sorted(gauges.tables)},
    }


def second_columns(ended: EndedBySecond, gauges: GaugeHistory, now: int, length: int = KEPT_SECONDS) -> Columns:
    """Return the last seconds before `now`, which is under way and left out."""
    seconds = range(now - length, now)
    depths = [gauges.depth_at(second) for second in seconds]
    return {
        "at": list(seconds),
        "completed": [ended.of(second).completed for second in seconds],
        "failed": [ended.of(second).failed for second in seconds],
        "unfinished": [depth.unfinished if depth else None for depth in depths],
        "due": [depth.due if depth else None for depth in depths],
    }


def _names(parts: Iterable[dict[str, Any]]) -> list[str]:
    return sorted({name for part in parts for name in part})


def _stage(minutes: list[Minute], stage: str) -> Columns:
    timings = [minute.stages.get(stage) for minute in minutes]
    return {
        "mean": [_rounded(timing.seconds / timing.runs) if timing and timing.runs else None for timing in timings],
        "p95": [_rounded(quantile(timing.buckets, 0.95)) if timing and timing.runs else None for timing in timings],
        "runs": [timing.runs if timing else 0 for timing in timings],
    }


def _provider(minutes: list[Minute], name: str) -> Columns:
    calls = [minute.calls.get(name) for minute in minutes]
    return {
        "calls": [call.calls if call else 0 for call in calls],
        "failed": [call.failed if call else 0 for call in calls],
        "p50": [_rounded(call.p50) if call else None for call in calls],
        "p95": [_rounded(call.p95) if call else None for call in calls],
    }


def _table(history: MinuteHistory, gauges: GaugeHistory, table: str) -> Columns:
    sizes = [gauges.size_in(start, table) for start in history.starts()]
    return {
        "rows": [size.rows if size else None for size in sizes],
        "bytes": [size.bytes if size else None for size in sizes],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
