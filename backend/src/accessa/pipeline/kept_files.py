"""Reads the file of every document and compares its hash: the one promise that the database cannot check by itself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from accessa.domain.errors import PermanentError
from accessa.pipeline.services import open_services
from accessa.providers.storage import StorageClient
from accessa.settings import Settings
from accessa.store.audit import FILES_ARE_KEPT, ROWS_SHOWN, Finding
from accessa.store.database import Database
from accessa.store.statements import load


async def check_files(settings: Settings, database: Database, *, since: timedelta | None = None) -> Finding:
    """Return which documents have no file in storage, or one with another hash; `since` as in the audit.

    A storage that does not answer is no finding: raises `RecoverableError`.
    """
    started = time.monotonic()
    async with database.connection() as connection:
        documents = await connection.fetch(load("list_raw_files"), since.total_seconds() if since else None)
    async with open_services(settings, "accessa-audit") as services:
        harmed = await _harmed(services.storage, documents)
    # What was deleted meanwhile is no loss.
    async with database.connection() as connection:
        still = await connection.fetch(load("still_documents"), harmed)
    rows = sorted(str(row["document_id"]) for row in still)
    return Finding(FILES_ARE_KEPT, rows[:ROWS_SHOWN], len(rows), time.monotonic() - started)


async def _harmed(storage: StorageClient, documents: Sequence[Mapping[str, Any]]) -> list[Any]:
    harmed = []
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        path = Path(folder) / "file"
        for document in documents:
            try:
                found = await storage.download_to(document["raw_path"], path)
            except PermanentError:
                found = ""
            if found != document["file_sha256"]:
                harmed.append(document["document_id"])
    return harmed
