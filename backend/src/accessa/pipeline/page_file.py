"""The parsed pages as they are kept in storage: a JSON list of page texts, in page order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.services import Services
from accessa.providers.storage import parsed_path


async def store_pages(job: Job, services: Services, pages: Sequence[str]) -> tuple[str, str]:
    """Store the pages under their hash; return (path, hex SHA-256). The same pages always get the same path."""
    content = orjson.dumps([page.encode("utf-8", "replace").decode() for page in pages])
    sha256 = hashlib.sha256(content).hexdigest()
    path = parsed_path(job.user_id, job.document_id, sha256, extension="json")
    await services.storage.upload(path, content, content_type="application/json", size=len(content))
    failpoint("parse.after_pages_before_row")
    return path, sha256


async def read_pages(job: Job, services: Services) -> list[str]:
    """Return the stored pages of a parsed job."""
    pages: list[str] = orjson.loads(await services.storage.download(job.require_parsed_path()))
    return pages
