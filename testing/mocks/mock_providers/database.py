"""One SQLite file with one connection: short transactions that survive the death of the process."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Parameters = Sequence[object] | Mapping[str, object]


class Database:
    """A SQLite file for many threads; every call is short and takes its turn."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open or create the file at `path` and apply `schema`, which must be repeatable."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._turn = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # From here on, as a file that is no database is only found out by the first statements.
        self.close = weakref.finalize(self, self._connection.close)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """Give a cursor whose changes are kept together, on disk, or not at all."""
        with self._turn:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    def rows(self, query: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows of a reading query."""
        with self._turn:
            return self._connection.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """Return the first row of a reading query."""
        found = self.rows(query, parameters)
        return found[0] if found else None
