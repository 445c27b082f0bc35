"""The parsed pages as they are kept in storage: a JSON list of page texts, in page order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.services import Services
from accessa.pipeline.source import own_text
from accessa.providers.storage import parsed_path


async def store_pages(job: Job, services: Services, pages: Sequence[str]) -> tuple[str, str]:
    """Store the pages under their hash; return (path, hex SHA-256). The same pages always get the same path."""
    content = orjson.dumps([page.encode("utf-8", "replace").decode() for page in pages])
    sha256 = hashlib.sha256(content).hexdigest()
    path = parsed_path(job.user_id, job.document_id, sha256, extension="json")
    await services.storage.upload(path, content, content_type="application/json", size=len(content))
    failpoint("parse.after_pages_before_row")
    return path, sha256


async def read_pages(job: Job, services: Services, desk: Desk) -> Sequence[str]:
    """Return the pages of a parsed job: those at hand, or as they are stored; a text file is its own only page."""
    if desk.pages is None:
        path = job.require_parsed_path()
        own = path == job.raw_path
        desk.pages = [await own_text(job, services)] if own else orjson.loads(await services.storage.download(path))
    return desk.pages
