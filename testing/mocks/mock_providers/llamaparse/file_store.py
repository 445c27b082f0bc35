"""Uploaded files: their bytes on disk by content hash, their entries in the database."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Literal
from uuid import uuid4

from mock_providers.database import Database

_BLOCK = 1024 * 1024
_INSERT = """
INSERT INTO files (file_id, name, sha256, size_bytes, purpose, external_file_id, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

_LIST = """
SELECT * FROM files
WHERE (:external IS NULL OR external_file_id = :external) AND (:name IS NULL OR name = :name)
  AND (:ids IS NULL OR file_id IN (SELECT value FROM json_each(:ids)))
"""

Order = Literal["name", "id", "created_at"]
_ORDERS: dict[Order, str] = {"name": "name, file_id", "id": "file_id", "created_at": "created_at DESC, rowid DESC"}


@dataclass(frozen=True, slots=True)
class FileFilters:
    """Which files a list shows; None does not choose."""

    external_file_id: str | None = None
    file_ids: Sequence[str] | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One uploaded file."""

    file_id: str
    name: str
    sha256: str
    size_bytes: int
    purpose: str
    external_file_id: str | None
    created_at: float

    @property
    def document(self) -> str:
        """The id that generated content is made from."""
        return self.external_file_id or self.sha256


class FileStore:
    """Keeps uploads until they are deleted or the store is cleared."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, source: IO[bytes], name: str, purpose: str, external_file_id: str | None) -> StoredFile:
        """Copy `source` to disk, safe against a crash, and record it."""
        sha256, size = self._keep(source)
        stored = StoredFile(f"dfl-{uuid4()}", name, sha256, size, purpose, external_file_id, time.time())
        with self._database.transaction() as cursor:
            cursor.execute(
                _INSERT,
                (stored.file_id, name, sha256, size, purpose, external_file_id, stored.created_at),
            )
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """Return the file of that id."""
        row = self._database.row("SELECT * FROM files WHERE file_id = ?", (file_id,))
        return StoredFile(**dict(row)) if row else None

    def listed(self, filters: FileFilters, order: Order, offset: int, limit: int) -> list[StoredFile]:
        """Return up to `limit` files in `order` after the first `offset`; `created_at` means newest first."""
        values = {
            "external": filters.external_file_id,
            "name": filters.file_name,
            "ids": json.dumps(filters.file_ids) if filters.file_ids else None,
            "offset": offset,
            "limit": limit,
        }
        rows = self._database.rows(f"{_LIST} ORDER BY {_ORDERS[order]} LIMIT :limit OFFSET :offset", values)
        return [StoredFile(**dict(row)) for row in rows]

    def delete(self, file_id: str) -> bool:
        """Forget the entry; the bytes stay for jobs that still read them."""
        with self._database.transaction() as cursor:
            return cursor.execute("DELETE FROM files WHERE file_id = ?", (file_id,)).rowcount > 0

    def path(self, sha256: str) -> Path:
        """Return where the bytes of that hash lie."""
        return self._folder / sha256

    def clear(self) -> None:
        """Forget all files."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM files")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)

    def _keep(self, source: IO[bytes]) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        with NamedTemporaryFile(dir=self._folder, prefix=".part-", delete=False) as part:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += part.write(block)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(self.path(digest.hexdigest()))
        return digest.hexdigest(), size
