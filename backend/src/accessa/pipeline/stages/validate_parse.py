"""parsed → parse_validated: the text is normalised, checked, and stored under its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from accessa.domain.errors import PermanentError
from accessa.domain.file_types import BY_MIME, PDF
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.page_file import read_pages
from accessa.pipeline.services import Services
from accessa.pipeline.text_layout import LaidOutText, lay_out_pages
from accessa.providers.storage import parsed_path
from accessa.store.documents import ParsedText, insert_parsed_texts
from accessa.store.effects import Event, Facts, SharedEffect


async def validate_parse(job: Job, services: Services, desk: Desk) -> Outcome:
    """Normalise the pages into one text; a document without any text fails here, before more is bought."""
    text = await lay_out_pages(await read_pages(job, services, desk))
    if text.pages_without_text == len(text.page_starts):
        raise PermanentError("NEEDS_OCR" if BY_MIME[job.mime] is PDF else "PARSE_EMPTY")
    sha256 = hashlib.sha256(text.content).hexdigest()
    path = parsed_path(job.user_id, job.document_id, sha256)
    await services.storage.upload(
        path, text.content, content_type="text/markdown;charset=UTF-8", size=len(text.content)
    )
    failpoint("parse.after_text_before_row")
    desk.text, desk.pages = text, None
    return Step(job, Facts(parsed_path=path, parsed_sha256=sha256), _write, text)


async def _write(effect: SharedEffect, _services: Services, steps: Sequence[Step]) -> Findings:
    await insert_parsed_texts(effect.connection, [(step.job.document_id, _row(step)) for step in steps])
    await effect.note(
        [
            Event(step.job, "note", "CHARACTERS_REMOVED", {"characters": step.content.removed_characters})
            for step in steps
            if step.content.removed_characters
        ]
    )
    return {}


def _row(step: Step) -> ParsedText:
    text: LaidOutText = step.content
    facts = step.facts
    return ParsedText(
        str(facts.parsed_sha256), str(facts.parsed_path), text.page_starts, text.pages_without_text, text.characters
    )
