"""parsed → parse_validated: the text is normalised, checked, and stored under its hash."""

from __future__ import annotations

import hashlib

from accessa.domain.errors import PermanentError
from accessa.domain.file_types import BY_MIME, PDF
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.page_file import read_pages
from accessa.pipeline.services import Services
from accessa.pipeline.text_layout import lay_out_pages
from accessa.providers.storage import parsed_path
from accessa.store.documents import ParsedText, insert_parsed_text


async def validate_parse(job: Job, services: Services) -> Outcome:
    """Normalise the pages into one text; a document without any text fails here, before more is bought."""
    pages = await read_pages(job, services)
    text = await lay_out_pages(pages)
    if text.pages_without_text == len(text.page_starts):
        raise PermanentError("NEEDS_OCR" if BY_MIME[job.mime] is PDF else "PARSE_EMPTY")
    sha256 = hashlib.sha256(text.content).hexdigest()
    path = parsed_path(job.user_id, job.document_id, sha256)
    await services.storage.upload(
        path, text.content, content_type="text/markdown;charset=UTF-8", size=len(text.content)
    )
    failpoint("parse.after_text_before_row")
    parsed = ParsedText(sha256, path, text.page_starts, text.pages_without_text, text.characters)
    async with services.fenced(job) as effect:
        await insert_parsed_text(effect.connection, job.document_id, parsed)
        if text.removed_characters:
            await effect.event("note", "CHARACTERS_REMOVED", {"characters": text.removed_characters})
        return await effect.advance(Status.PARSE_VALIDATED, parsed_path=path, parsed_sha256=sha256)
