"""The uploaded file as the stages read it: fetched to a temporary place and checked against its SHA-256."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from accessa.domain.errors import TransientError
from accessa.domain.job import Job
from accessa.pipeline.services import Services


@asynccontextmanager
async def fetched_source(job: Job, services: Services) -> AsyncIterator[Path]:
    """Lend a local copy of the uploaded file; it is gone afterwards.

    Raises `TransientError` SOURCE_CORRUPT when the stored bytes are not those that were uploaded.
    """
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        path = Path(folder) / "source"
        if await services.storage.download_to(job.raw_path, path) != job.file_sha256:
            raise TransientError("SOURCE_CORRUPT")
        yield path
