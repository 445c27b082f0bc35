"""The parsed pages as they are kept in storage: a JSON list of page texts; a text file is its own only page."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.services import Services
from accessa.pipeline.source import SMALL_BYTES, fetched_source, own_text
from accessa.providers.storage import parsed_path


async def store_pages(job: Job, services: Services, pages: Sequence[str]) -> tuple[str, str]:
    """Store `storable` pages under their hash; return (path, hex SHA-256). The same pages always get the same path."""
    content = orjson.dumps(list(pages))
    sha256 = hashlib.sha256(content).hexdigest()
    path = parsed_path(job.user_id, job.document_id, sha256, extension="json")
    await services.storage.upload(path, content, content_type="application/json", size=len(content))
    failpoint("parse.after_pages_before_row")
    return path, sha256


def storable(pages: Sequence[str]) -> list[str]:
    """Return the pages without halves of surrogate pairs, which no file can hold."""
    return [page.encode("utf-8", "replace").decode() for page in pages]


def is_own_text(job: Job) -> bool:
    """Tell whether the file itself is what was parsed."""
    return job.parsed_path == job.raw_path


@asynccontextmanager
async def small_or_file(job: Job, services: Services, desk: Desk) -> AsyncIterator[Sequence[str] | Path]:
    """Lend the pages of a parsed job: as they are if they are small, else the file that holds them, gone afterwards.

    That is a text file as it was uploaded, or a JSON list.
    """
    if desk.pages is not None:
        if sum(map(len, desk.pages)) <= SMALL_BYTES:
            yield desk.pages
            return
        pages, desk.pages = desk.pages, None
        async with _folder() as folder:
            await asyncio.to_thread((folder / "pages").write_bytes, orjson.dumps(list(pages)))
            yield folder / "pages"
    elif not is_own_text(job):
        async with _folder() as folder:
            await services.storage.download_to(job.require_parsed_path(), folder / "pages")
            small = (folder / "pages").stat().st_size <= SMALL_BYTES
            yield orjson.loads((folder / "pages").read_bytes()) if small else folder / "pages"
    elif job.bytes_len <= SMALL_BYTES:
        yield [await own_text(job, services)]
    else:
        async with fetched_source(job, services) as path:
            yield path


@asynccontextmanager
async def _folder() -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        yield Path(folder)
