"""The storage's own SQLite file: which buckets and objects exist, and under which version their bytes lie."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (
    bucket_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    public INTEGER NOT NULL,
    file_size_limit INTEGER,
    allowed_mime_types TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS objects (
    bucket_id TEXT NOT NULL REFERENCES buckets (bucket_id),
    key TEXT NOT NULL,
    object_id TEXT NOT NULL,
    version TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    content_type TEXT NOT NULL,
    cache_control TEXT NOT NULL,
    user_metadata TEXT,
    owner TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    PRIMARY KEY (bucket_id, key)
) STRICT;
CREATE TABLE IF NOT EXISTS resumable_uploads (
    upload_id TEXT PRIMARY KEY,
    bucket_id TEXT NOT NULL,
    key TEXT NOT NULL,
    length INTEGER NOT NULL,
    received INTEGER NOT NULL,
    told TEXT NOT NULL,
    content_type TEXT NOT NULL,
    cache_control TEXT NOT NULL,
    user_metadata TEXT,
    owner TEXT,
    replace INTEGER NOT NULL,
    expires_at REAL NOT NULL
) STRICT;
-- All bytes of an upload have come when its object is there: known in the same transaction, or not at all.
CREATE TRIGGER IF NOT EXISTS upload_became_object AFTER INSERT ON objects
BEGIN
    UPDATE resumable_uploads SET received = length WHERE upload_id = NEW.version;
END;
"""


class Catalogue:
    """One connection for all work, whose callers come from worker threads, and one for looking up single rows."""

    def __init__(self, path: Path) -> None:
        """Open or create the file at `path`; a committed write survives the loss of power."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._connection.close)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)
        self._look_up_lock = threading.Lock()
        self._look_up = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._look_up.close)
        self._look_up.row_factory = sqlite3.Row
        self._look_up.execute("PRAGMA query_only = ON")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for a query."""
        with self._lock:
            yield self._connection

    def row(self, query: str, parameters: Sequence[object]) -> sqlite3.Row | None:
        """Return the one row that was last committed, or None; it never waits for a write to reach the disk."""
        with self._look_up_lock:
            found: sqlite3.Row | None = self._look_up.execute(query, parameters).fetchone()
            return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for one transaction: committed and on disk at the end, or undone by any exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has already undone it by itself after some faults, a full disk among them.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file."""
        with self._look_up_lock:
            self._look_up.close()
        with self._lock:
            self._connection.close()
