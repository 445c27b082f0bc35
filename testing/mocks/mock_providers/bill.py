"""The durable bill: one row per unit that a real provider would have charged for."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from mock_providers.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS bill (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    billed_at REAL NOT NULL,
    kind TEXT NOT NULL,
    unit_key TEXT NOT NULL,
    request_id TEXT NOT NULL,
    model TEXT NOT NULL,
    quantity REAL NOT NULL,
    unit TEXT NOT NULL,
    cost_usd REAL NOT NULL
);
DROP INDEX IF EXISTS bill_by_unit;
"""

_INSERT = """
INSERT INTO bill (billed_at, kind, unit_key, request_id, model, quantity, unit, cost_usd)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

_SUMMARY = """
SELECT count(*) AS units, count(DISTINCT unit_key) AS distinct_units,
       count(DISTINCT request_id) AS requests,
       coalesce(sum(quantity), 0) AS quantity, coalesce(sum(cost_usd), 0) AS cost_usd
FROM bill
"""

_PAGE = "SELECT * FROM bill WHERE entry > :after ORDER BY entry LIMIT :limit"


_columns = attrgetter("kind", "unit_key", "request_id", "model", "quantity", "unit", "cost_usd")


@dataclass(frozen=True, slots=True)
class BilledUnit:
    """One unit of paid work: an embedded input, or a parsed page."""

    kind: str
    """`embed` or `parse`."""
    unit_key: str
    """The same for the same work, whoever asks and however often."""
    request_id: str
    """The request or job that was charged."""
    model: str
    """The embedding model or the parse tier."""
    quantity: float
    """Tokens of an input, or credits of a page."""
    unit: str
    """`tokens` or `credits`."""
    cost_usd: float


class Bill:
    """The bill of one simulator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, units: Iterable[BilledUnit]) -> None:
        """Record units in one transaction of their own."""
        with self._database.transaction() as cursor:
            add_units(cursor, units)

    def summary(self) -> dict[str, Any]:
        """Return counts and sums; `duplicate_units` counts what was paid for again."""
        row = self._database.rows(_SUMMARY)[0]
        return {**dict(row), "duplicate_units": row["units"] - row["distinct_units"]}

    def page(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` rows whose entry number is above `after`, oldest first."""
        return [dict(row) for row in self._database.rows(_PAGE, {"after": after, "limit": limit})]

    def clear(self) -> None:
        """Forget all rows."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM bill")


def add_units(cursor: sqlite3.Cursor, units: Iterable[BilledUnit]) -> None:
    """Record units within the caller's transaction."""
    now = time.time()
    cursor.executemany(_INSERT, [(now, *_columns(unit)) for unit in units])
