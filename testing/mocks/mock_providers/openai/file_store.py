"""Files: their bytes on disk under their ids, their entries in the database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from mock_providers.database import Database

_INSERT = """
INSERT INTO files (file_id, name, purpose, size_bytes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
"""
_FIND = "SELECT * FROM files WHERE file_id = ? AND (expires_at IS NULL OR expires_at > ?)"
_LIST = """
SELECT * FROM files
WHERE (expires_at IS NULL OR expires_at > :now) AND (:purpose IS NULL OR purpose = :purpose)
  AND (:after IS NULL OR CASE WHEN :ascending THEN place > :after ELSE place < :after END)
ORDER BY CASE WHEN :ascending THEN place ELSE -place END LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file; times are seconds since 1970."""

    place: int
    file_id: str
    name: str
    purpose: str
    size_bytes: int
    created_at: float
    expires_at: float | None

    def view(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "id": self.file_id,
            "object": "file",
            "bytes": self.size_bytes,
            "created_at": int(self.created_at),
            "expires_at": None if self.expires_at is None else int(self.expires_at),
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file whose bytes are on disk and whose entry is still to be recorded."""

    file_id: str
    name: str
    purpose: str
    size_bytes: int
    lifetime: float | None = None
    """Seconds until it expires."""


class FileStore:
    """Keeps files until they are deleted, expire, or the store is cleared."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, source: BinaryIO, name: str, purpose: str, lifetime: float | None) -> StoredFile:
        """Copy `source` to disk, safe against a crash, and record it."""
        file_id = new_file_id()
        with self.path(file_id).open("wb") as target:
            shutil.copyfileobj(source, target)
            size = target.tell()
            target.flush()
            os.fsync(target.fileno())
        with self._database.transaction() as cursor:
            record_file(cursor, NewFile(file_id, name, purpose, size, lifetime))
        stored = self.find(file_id)
        if stored is None:
            raise LookupError(file_id)
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """Return the file of that id, unless it has expired."""
        row = self._database.row(_FIND, (file_id, time.time()))
        return StoredFile(**dict(row)) if row else None

    def page(self, limit: int, after: int | None, purpose: str | None, *, ascending: bool) -> list[StoredFile]:
        """Return up to `limit` files that follow the place `after`."""
        values = {"limit": limit, "after": after, "purpose": purpose, "ascending": ascending, "now": time.time()}
        return [StoredFile(**dict(row)) for row in self._database.rows(_LIST, values)]

    def delete(self, file_id: str) -> bool:
        """Forget a file; tell whether there was one."""
        with self._database.transaction() as cursor:
            found = cursor.execute("DELETE FROM files WHERE file_id = ?", (file_id,)).rowcount > 0
        if found:
            self.path(file_id).unlink(missing_ok=True)
        return found

    def path(self, file_id: str) -> Path:
        """Return where the bytes of a file lie."""
        return self._folder / file_id

    def sweep(self) -> None:
        """Delete bytes that a stopped process has left without an entry."""
        known = {row["file_id"] for row in self._database.rows("SELECT file_id FROM files")}
        for path in self._folder.iterdir():
            if path.name not in known:
                path.unlink()

    def clear(self) -> None:
        """Forget all files."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM files")
        self.sweep()


def new_file_id() -> str:
    """Return an id that no file has."""
    return f"file-{uuid4().hex[:24]}"


def record_file(cursor: sqlite3.Cursor, file: NewFile) -> None:
    """Record a file within the caller's transaction."""
    now = time.time()
    expires_at = None if file.lifetime is None else now + file.lifetime
    cursor.execute(_INSERT, (file.file_id, file.name, file.purpose, file.size_bytes, now, expires_at))
