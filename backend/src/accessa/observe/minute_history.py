"""The last hour by the minute: closed minutes are kept, the two newest are read again, older ones once, bit by bit."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accessa.store.database import Connection
from accessa.store.statements import load
from accessa.telemetry.metrics import DURATION_BOUNDS

KEPT_MINUTES = 60
_READ_BACK = timedelta(minutes=10)
_MINUTE = timedelta(minutes=1)
_SLOWEST = 8


@dataclass(slots=True)
class StageMinute:
    """Runs of one stage in a minute, by all workers; seconds in all, and runs by how long they took."""

    runs: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(DURATION_BOUNDS) + 1))

    def add(self, runs: int, seconds: float, buckets: Sequence[int]) -> None:
        """Add the runs of another worker."""
        self.runs += runs
        self.seconds += seconds
        for place, number in enumerate(buckets[: len(self.buckets)]):
            self.buckets[place] += number


@dataclass(frozen=True, slots=True)
class CallsMinute:
    """Paid calls to one provider in a minute, shared ones once; p50 and p95 of those that were answered, in seconds."""

    calls: int
    failed: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class SlowJob:
    """A job that took long from upload to completion, in seconds."""

    job_id: UUID
    document_id: UUID
    seconds: float
    ended_at: datetime


@dataclass(slots=True)
class Minute:
    """What happened within one minute; seconds from upload to completion for p50 and p95."""

    completed: int = 0
    failed: int = 0
    p50: float | None = None
    p95: float | None = None
    stages: dict[str, StageMinute] = field(default_factory=dict)
    calls: dict[str, CallsMinute] = field(default_factory=dict)
    slowest: list[SlowJob] = field(default_factory=list)


class MinuteHistory:
    """Reads little at a time, so that no look is long, however much has happened within the hour."""

    def __init__(self) -> None:
        self._minutes: dict[datetime, Minute] = {}
        self._known_from: datetime | None = None
        self._known_until: datetime | None = None
        self.now: datetime | None = None

    async def read(self, connection: Connection) -> None:
        """Read the newest minutes, and ten of the earlier ones while they are unknown; raises what the driver does."""
        now: datetime = (await connection.fetchval(load("sight_now"))).replace(second=0, microsecond=0)
        newest = now - _MINUTE
        if self._known_until is not None:
            newest = max(now - _READ_BACK, min(newest, self._known_until - _MINUTE))
        await self._fill(connection, newest, now + _MINUTE)
        earliest = min(self._known_from or newest, newest)
        if earliest > now - KEPT_MINUTES * _MINUTE:
            before = earliest
            earliest = max(now - KEPT_MINUTES * _MINUTE, before - _READ_BACK)
            await self._fill(connection, earliest, before)
        oldest = now - KEPT_MINUTES * _MINUTE
        self._known_from, self._known_until, self.now = max(earliest, oldest), now, now
        self._minutes = {start: minute for start, minute in self._minutes.items() if start >= oldest}

    async def _fill(self, connection: Connection, since: datetime, until: datetime) -> None:
        minutes: dict[datetime, Minute] = {}
        for row in await connection.fetch(load("summarise_ended_jobs_by_minute"), since, until):
            p50, p95 = row["seconds"] or (None, None)
            minutes[row["minute"]] = Minute(row["completed"], row["failed"], p50, p95)
        for row in await connection.fetch(load("list_stage_timings"), since, until):
            stages = minutes.setdefault(row["minute"], Minute()).stages
            stages.setdefault(row["stage"], StageMinute()).add(row["runs"], row["seconds"], row["buckets"])
        for row in await connection.fetch(load("summarise_provider_calls_by_minute"), since, until):
            minutes.setdefault(row["minute"], Minute()).calls[row["provider"]] = _calls(row)
        slowest = [SlowJob(**row) for row in await connection.fetch(load("list_slowest_jobs"), since, until, _SLOWEST)]
        for job in slowest:
            minutes.setdefault(job.ended_at.replace(second=0, microsecond=0), Minute()).slowest.append(job)
        kept = {start: minute for start, minute in self._minutes.items() if not since <= start < until}
        self._minutes = kept | minutes

    @property
    def is_whole(self) -> bool:
        """Tell whether the whole hour has been read."""
        return self.now is not None and self._known_from == self.now - KEPT_MINUTES * _MINUTE

    def starts(self) -> list[datetime]:
        """Return the beginnings of the last hour's minutes, the oldest first; none before the first look."""
        if self.now is None:
            return []
        return [self.now - _MINUTE * back for back in range(KEPT_MINUTES - 1, -1, -1)]

    def at(self, start: datetime) -> Minute:
        """Return one minute."""
        return self._minutes.get(start, Minute())

    def slowest(self) -> list[SlowJob]:
        """Return the jobs of the last hour that took longest."""
        jobs = (job for minute in self._minutes.values() for job in minute.slowest)
        return heapq.nlargest(_SLOWEST, jobs, key=lambda job: job.seconds)

    def stage_seconds(self, minutes: int = 5) -> dict[str, float]:
        """Return the workers' time by stage within the last minutes."""
        spent: dict[str, float] = {}
        for start in self.starts()[-minutes:]:
            for stage, timing in self.at(start).stages.items():
                spent[stage] = spent.get(stage, 0.0) + timing.seconds
        return spent


def _calls(row: Mapping[str, Any]) -> CallsMinute:
    p50, p95 = row["seconds"] or (None, None)
    return CallsMinute(row["calls"], row["failed"], p50, p95)
