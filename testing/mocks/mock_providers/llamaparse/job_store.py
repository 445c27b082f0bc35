"""Parse jobs: every move is one transaction that also plans its webhook deliveries and its bill."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from mock_providers.bill import BilledUnit, add_units
from mock_providers.database import Database
from mock_providers.llamaparse.configuration import ParseConfiguration, Webhook

OPEN = ("PENDING", "RUNNING")

_INSERT = """
INSERT INTO jobs (job_id, status, name, sha256, document, tier, configuration, options_hash,
                  planned_failure, pages_of, created_at, updated_at)
VALUES (:job_id, 'PENDING', :name, :sha256, :document, :tier, :configuration, :options_hash,
        :planned_failure, :job_id, :now, :now)
"""

_CACHED = """
SELECT * FROM jobs
WHERE sha256 = ? AND options_hash = ? AND status = 'COMPLETED' AND NOT cache_hit AND updated_at > ?
ORDER BY place DESC LIMIT 1
"""

_LIST = """
SELECT * FROM jobs
WHERE place < :before AND (:status IS NULL OR status = :status)
  AND (:since IS NULL OR created_at >= :since) AND (:until IS NULL OR created_at <= :until)
ORDER BY place DESC LIMIT :limit
"""

_PLAN = "INSERT INTO deliveries (job_id, hook, event_id, event_type, happened_at) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Job:
    """One parse job as stored; times are seconds since 1970."""

    place: int
    job_id: str
    status: str
    name: str
    sha256: str
    document: str
    tier: str
    configuration: str
    options_hash: str
    planned_failure: str | None
    pages_of: str
    cache_hit: int
    pages: int
    credits: float | None
    error_message: str | None
    created_at: float
    updated_at: float

    @property
    def options(self) -> ParseConfiguration:
        """The checked options of the request."""
        return ParseConfiguration.model_validate_json(self.configuration)


class JobStore:
    """Jobs and their moves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, sha256: str, document: str, options: ParseConfiguration, planned_failure: str | None
    ) -> Job:
        """Record a new pending job, and the delivery of `parse.pending`."""
        job_id = f"pjb-{uuid4()}"
        values = {
            "job_id": job_id,
            "name": name,
            "sha256": sha256,
            "document": document,
            "tier": options.tier,
            "configuration": options.model_dump_json(exclude_none=True),
            "options_hash": options.options_hash(),
            "planned_failure": planned_failure,
            "now": time.time(),
        }
        with self._database.transaction() as cursor:
            cursor.execute(_INSERT, values)
            _plan_deliveries(cursor, job_id, options.hooks(), "parse.pending")
        return self.load(job_id)

    def load(self, job_id: str) -> Job:
        """Return a job that exists."""
        job = self.find(job_id)
        if job is None:
            raise LookupError(job_id)
        return job

    def find(self, job_id: str) -> Job | None:
        """Return the job of that id."""
        row = self._database.row("SELECT * FROM jobs WHERE job_id = ?", (job_id,))
        return Job(**dict(row)) if row else None

    def cached(self, sha256: str, options_hash: str, oldest: float) -> Job | None:
        """Return the completed and paid job of the same bytes and options, not older than `oldest`."""
        row = self._database.row(_CACHED, (sha256, options_hash, oldest))
        return Job(**dict(row)) if row else None

    def unfinished(self) -> list[str]:
        """Return the ids of jobs that a stopped process has left open, oldest first."""
        rows = self._database.rows("SELECT job_id FROM jobs WHERE status IN ('PENDING', 'RUNNING') ORDER BY place")
        return [row["job_id"] for row in rows]

    def newest(self, filters: Mapping[str, object], before: int, limit: int) -> list[Job]:
        """Return up to `limit` jobs, newest first, whose place is below `before`.

        `filters` holds `status`, `since` and `until` (seconds since 1970), each possibly None.
        """
        rows = self._database.rows(_LIST, {**filters, "before": before, "limit": limit})
        return [Job(**dict(row)) for row in rows]

    def move(
        self, job: Job, sources: Sequence[str], target: str, event: str, bill: Iterable[BilledUnit] = (), **columns: Any
    ) -> bool:
        """Move a job to `target` if its status is one of `sources`; tell whether it was.

        In the same transaction `columns` are set, the event's deliveries planned and `bill` is added.
        """
        values = {**columns, "status": target, "updated_at": time.time()}
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        marks = ", ".join(f"'{source}'" for source in sources)
        statement = f"UPDATE jobs SET {assignments} WHERE job_id = :job_id AND status IN ({marks})"  # noqa: S608 names of our own columns
        with self._database.transaction() as cursor:
            if not cursor.execute(statement, {**values, "job_id": job.job_id}).rowcount:
                return False
            _plan_deliveries(cursor, job.job_id, job.options.hooks(), event)
            add_units(cursor, bill)
        return True

    def delete(self, job_id: str) -> None:
        """Forget a job, and pages that no other job shows."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))
            cursor.execute("DELETE FROM pages WHERE job_id NOT IN (SELECT pages_of FROM jobs)")

    def clear(self) -> None:
        """Forget all jobs, pages and deliveries."""
        with self._database.transaction() as cursor:
            for table in ("jobs", "pages", "deliveries"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 names of our own tables


def _plan_deliveries(cursor: sqlite3.Cursor, job_id: str, hooks: Sequence[Webhook], event: str) -> None:
    now = time.time()
    wanted = [
        (job_id, number, str(uuid4()), event, now)
        for number, hook in enumerate(hooks)
        if hook.webhook_events is None or event in hook.webhook_events
    ]
    cursor.executemany(_PLAN, wanted)
