"""The uploaded file as the stages read it: fetched to a temporary place and checked against its SHA-256."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from accessa.domain.errors import PermanentError, TransientError
from accessa.domain.job import Job
from accessa.pipeline.services import Services

_LOOKS_AGAIN = 2


@asynccontextmanager
async def fetched_source(job: Job, services: Services) -> AsyncIterator[Path]:
    """Lend a local copy of the uploaded file; it is gone afterwards.

    Raises `TransientError` SOURCE_CORRUPT when the stored bytes are not those that were uploaded, and SOURCE_MISSING as
    such for the first looks: a storage behind a cache or a replica may not know the file yet.
    """
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        path = Path(folder) / "source"
        if await _download(job, services, path) != job.file_sha256:
            raise TransientError("SOURCE_CORRUPT")
        yield path


async def _download(job: Job, services: Services, path: Path) -> str:
    try:
        return await services.storage.download_to(job.raw_path, path)
    except PermanentError as error:
        if error.code == "SOURCE_MISSING" and job.retry_count < _LOOKS_AGAIN:
            raise TransientError("SOURCE_MISSING") from None
        raise
