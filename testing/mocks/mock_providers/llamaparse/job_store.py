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
from mock_providers.llamaparse.configuration import JobOptions, Webhook
from mock_providers.llamaparse.page_store import Page, insert_pages

OPEN = ("PENDING", "RUNNING")

_INSERT = """
INSERT INTO jobs (job_id, status, name, sha256, document, tier, configuration, options_hash,
                  planned_failure, pages_of, cache_hit, pages, credits, created_at, updated_at)
VALUES (:job_id, :status, :name, :sha256, :document, :tier, :configuration, :options_hash,
        :planned_failure, :pages_of, :cache_hit, :pages, :credits, :now, :now)
"""

_CACHED = """
SELECT * FROM jobs
WHERE sha256 = :sha256 AND options_hash = :options_hash AND status = 'COMPLETED' AND NOT cache_hit
  AND planned_failure IS NULL AND updated_at > :oldest
ORDER BY place DESC LIMIT 1
"""

_LIST = """
SELECT * FROM jobs
WHERE place < :before AND (:status IS NULL OR status = :status)
  AND (:job_ids IS NULL OR job_id IN (SELECT value FROM json_each(:job_ids)))
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
    def options(self) -> JobOptions:
        """The checked options of the request."""
        return JobOptions.model_validate_json(self.configuration)


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a job begins with."""

    name: str
    sha256: str
    document: str
    options: JobOptions
    plan: str | None = None
    """What a fault has planned for it, see `job_plans`."""
    own_pages: Iterable[Page] | None = None
    """The pages that it shows where the cache knows the result of another document with the same bytes."""


class JobStore:
    """Jobs and their moves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewJob, oldest: float | None) -> Job:
        """Record a new job and its deliveries in one step.

        It is completed, and free, where a result of the same bytes and options is not older than `oldest` (None: no
        such result is wanted); else it is pending.
        """
        with self._database.transaction() as cursor:
            values = _first_values(new)
            original = None if oldest is None else cursor.execute(_CACHED, {**values, "oldest": oldest}).fetchone()
            if original is not None:
                values |= _from_cache(cursor, new, str(values["job_id"]), Job(**dict(original)))
            cursor.execute(_INSERT, values)
            events = ["parse.pending"] + (["parse.success"] if original is not None else [])
            for event in events:
                _plan_deliveries(cursor, str(values["job_id"]), new.options.hooks(), event)
        return self.load(str(values["job_id"]))

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

    def unfinished(self) -> list[str]:
        """Return the ids of jobs that a stopped process has left open, oldest first."""
        rows = self._database.rows("SELECT job_id FROM jobs WHERE status IN ('PENDING', 'RUNNING') ORDER BY place")
        return [row["job_id"] for row in rows]

    def newest(self, filters: Mapping[str, object], before: int, limit: int) -> list[Job]:
        """Return up to `limit` jobs, newest first, whose place is below `before`.

        `filters` holds `status`, `job_ids` (a JSON list), `since` and `until` (seconds since 1970), each possibly None.
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


def _first_values(new: NewJob) -> dict[str, object]:
    job_id = f"pjb-{uuid4()}"
    return {
        "job_id": job_id,
        "status": "PENDING",
        "name": new.name,
        "sha256": new.sha256,
        "document": new.document,
        "tier": new.options.tier,
        "configuration": new.options.model_dump_json(exclude_none=True),
        "options_hash": new.options.options_hash(),
        "planned_failure": new.plan,
        "pages_of": job_id,
        "cache_hit": 0,
        "pages": 0,
        "credits": None,
        "now": time.time(),
    }


def _from_cache(cursor: sqlite3.Cursor, new: NewJob, job_id: str, original: Job) -> dict[str, object]:
    """Return the values of a job that is completed at once, and write its own pages if it has some."""
    values = {"status": "COMPLETED", "cache_hit": 1, "pages": original.pages, "credits": 0.0}
    if new.own_pages is None or new.document == original.document:
        return values | {"pages_of": original.pages_of}
    insert_pages(cursor, job_id, new.own_pages)
    return values


def _plan_deliveries(cursor: sqlite3.Cursor, job_id: str, hooks: Sequence[Webhook], event: str) -> None:
    now = time.time()
    wanted = [
        (job_id, number, str(uuid4()), event, now)
        for number, hook in enumerate(hooks)
        if hook.webhook_events is None or event in hook.webhook_events
    ]
    cursor.executemany(_PLAN, wanted)
