"""Uploads the chosen files, as many at once as the API takes, and follows each until it is complete or failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from accessa.cli.api_client import Answer, ApiClient
from accessa.cli.file_choice import Choice, unreadable
from accessa.cli.ingest_row import IngestRow, finished, known_before, rejected
from accessa.cli.ingest_views import View
from accessa.cli.job_watch import JobWatch
from accessa.cli.upload_gate import UploadGate
from accessa.domain.errors import AccessaError

Upload = Callable[[Path], Awaitable[Answer]]


async def ingest(
    api: ApiClient, choice: Choice, view: View, *, lane: str = "interactive", priority: str = "normal"
) -> list[IngestRow]:
    """Ingest every file of `choice`; each row goes to `view` when it is known, and all are returned."""
    rows = [rejected(path, error) for path, error in choice.refused]
    for row in rows:
        view.row(row)
    watch = JobWatch(api, view.looked)
    gate = UploadGate()
    looking = asyncio.create_task(watch.run())
    upload = partial(api.upload, lane=lane, priority=priority, on_refused=gate.narrow)
    outcomes = [asyncio.create_task(_ingest_one(upload, path, view, watch, gate)) for path in choice.files]
    try:
        rows += await asyncio.gather(*outcomes)
    finally:
        await _end(looking, *outcomes)
    return rows


async def _end(*tasks: asyncio.Task[Any]) -> None:
    """Stop what still runs, so that nothing takes the closing of the client for a silence of the API."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _ingest_one(upload: Upload, path: Path, view: View, watch: JobWatch, gate: UploadGate) -> IngestRow:
    row = await _outcome(upload, path, view, watch, gate)
    view.row(row)
    return row


async def _outcome(upload: Upload, path: Path, view: View, watch: JobWatch, gate: UploadGate) -> IngestRow:
    try:
        async with gate:
            begun = time.monotonic()
            receipt = await upload(path)
    except OSError as error:
        return rejected(path, unreadable(error))
    except AccessaError as error:
        return rejected(path, error)
    view.uploaded(path, receipt)
    try:
        job = await watch.until_terminal(receipt["job_id"])
    except AccessaError as error:
        return finished(path, receipt, error=error)
    row = finished(path, job)
    return known_before(row, time.monotonic() - begun) if receipt["duplicate"] else row
