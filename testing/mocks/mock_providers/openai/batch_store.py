"""Batches: every move is one transaction that also records the files and the bill that come of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson

from mock_providers.bill import BilledUnit, add_units
from mock_providers.database import Database
from mock_providers.faults import Fault
from mock_providers.openai.file_store import NewFile, record_file

OPEN = ("validating", "in_progress", "finalizing", "cancelling")
_WINDOW = 24 * 3600

_INSERT = """
INSERT INTO batches (batch_id, status, input_file_id, endpoint, completion_window, metadata, output_seconds, fault,
                     created_at)
VALUES (:batch_id, 'validating', :input_file_id, :endpoint, :completion_window, :metadata, :output_seconds, :fault,
        :created_at)
"""
_LIST = "SELECT * FROM batches WHERE :before IS NULL OR place < :before ORDER BY place DESC LIMIT :limit"


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as stored; times are seconds since 1970."""

    place: int
    batch_id: str
    status: str
    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: str | None
    output_seconds: int | None
    fault: str | None
    model: str | None
    errors: str | None
    output_file_id: str | None
    error_file_id: str | None
    total: int
    completed: int
    failed: int
    tokens: int
    created_at: float
    in_progress_at: float | None
    finalizing_at: float | None
    completed_at: float | None
    failed_at: float | None
    expired_at: float | None
    cancelling_at: float | None
    cancelled_at: float | None

    @property
    def planned(self) -> Fault | None:
        """The fault that was chosen for it."""
        return Fault.model_validate_json(self.fault) if self.fault else None

    def view(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        moments = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
        return {
            "id": self.batch_id,
            "object": "batch",
            "endpoint": self.endpoint,
            "model": self.model,
            "errors": {"object": "list", "data": orjson.loads(self.errors)} if self.errors else None,
            "input_file_id": self.input_file_id,
            "completion_window": self.completion_window,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": int(self.created_at),
            "expires_at": int(self.created_at) + _WINDOW,
            **{f"{name}_at": _whole(getattr(self, f"{name}_at")) for name in moments},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "usage": {
                "input_tokens": self.tokens,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": 0,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": self.tokens,
            },
            "metadata": orjson.loads(self.metadata) if self.metadata else None,
        }


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What a caller asks for."""

    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None
    output_seconds: int | None


class BatchStore:
    """Batches and their moves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, wanted: NewBatch, fault: Fault | None) -> Batch:
        """Record a new batch, and the fault that it will meet."""
        batch_id = f"batch_{uuid4().hex}"
        values = {
            "batch_id": batch_id,
            "input_file_id": wanted.input_file_id,
            "endpoint": wanted.endpoint,
            "completion_window": wanted.completion_window,
            "metadata": None if wanted.metadata is None else json.dumps(wanted.metadata),
            "output_seconds": wanted.output_seconds,
            "fault": fault.model_dump_json() if fault else None,
            "created_at": time.time(),
        }
        with self._database.transaction() as cursor:
            cursor.execute(_INSERT, values)
        return self.load(batch_id)

    def load(self, batch_id: str) -> Batch:
        """Return a batch that exists."""
        batch = self.find(batch_id)
        if batch is None:
            raise LookupError(batch_id)
        return batch

    def find(self, batch_id: str) -> Batch | None:
        """Return the batch of that id."""
        row = self._database.row("SELECT * FROM batches WHERE batch_id = ?", (batch_id,))
        return Batch(**dict(row)) if row else None

    def newest(self, limit: int, before: int | None) -> list[Batch]:
        """Return up to `limit` batches, newest first, whose place is below `before`."""
        return [Batch(**dict(row)) for row in self._database.rows(_LIST, {"limit": limit, "before": before})]

    def unfinished(self) -> list[str]:
        """Return the ids of batches that a stopped process has left open, oldest first."""
        marks = ", ".join("?" * len(OPEN))
        rows = self._database.rows(f"SELECT batch_id FROM batches WHERE status IN ({marks}) ORDER BY place", OPEN)  # noqa: S608 question marks only
        return [row["batch_id"] for row in rows]

    def move(
        self,
        batch_id: str,
        sources: Sequence[str],
        target: str,
        files: Iterable[NewFile] = (),
        bill: Iterable[BilledUnit] = (),
        **columns: Any,
    ) -> bool:
        """Move a batch to `target` if its status is one of `sources`; tell whether it was.

        In the same transaction `columns` are set, `files` recorded and `bill` is added.
        """
        values = {**columns, "status": target, f"{target}_at": time.time()}
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        marks = ", ".join(f"'{source}'" for source in sources)
        statement = f"UPDATE batches SET {assignments} WHERE batch_id = :batch_id AND status IN ({marks})"  # noqa: S608 names of our own columns
        with self._database.transaction() as cursor:
            if not cursor.execute(statement, {**values, "batch_id": batch_id}).rowcount:
                return False
            for file in files:
                record_file(cursor, file)
            add_units(cursor, bill)
        return True

    def count(self, batch_id: str, completed: int, failed: int) -> None:
        """Record how many lines of a batch have been worked on."""
        with self._database.transaction() as cursor:
            statement = "UPDATE batches SET completed = ?, failed = ? WHERE batch_id = ?"
            cursor.execute(statement, (completed, failed, batch_id))

    def clear(self) -> None:
        """Forget all batches."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM batches")


def _whole(moment: float | None) -> int | None:
    return None if moment is None else int(moment)
