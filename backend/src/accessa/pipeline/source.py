"""The uploaded file as the stages read it: fetched to a temporary place and checked against its SHA-256."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from accessa.domain.errors import AccessaError, PermanentError, TransientError
from accessa.domain.job import Job
from accessa.domain.text_decoding import decode_text
from accessa.pipeline.encoding_guess import guess_encoding
from accessa.pipeline.services import Services

_LOOKS_AGAIN = 2
SMALL_BYTES = 1_000_000  #: up to here a text is held in memory, beside others


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


async def own_text(job: Job, services: Services) -> str:
    """Return what a small text file says; its bytes are checked as those of any other. Raises as `fetched_source`."""
    try:
        content = await services.storage.download(job.raw_path)
    except PermanentError as error:
        raise _as_passing(error, job) from None
    if hashlib.sha256(content).hexdigest() != job.file_sha256:
        raise TransientError("SOURCE_CORRUPT")
    return decode_text(content, guess_encoding)


async def _download(job: Job, services: Services, path: Path) -> str:
    try:
        return await services.storage.download_to(job.raw_path, path)
    except PermanentError as error:
        raise _as_passing(error, job) from None


def _as_passing(error: PermanentError, job: Job) -> AccessaError:
    """Return the error as it is to be taken: a storage behind a cache or a replica may not know the file yet."""
    if error.code == "SOURCE_MISSING" and job.retry_count < _LOOKS_AGAIN:
        return TransientError("SOURCE_MISSING")
    return error
