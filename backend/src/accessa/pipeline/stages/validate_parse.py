"""parsed → parse_validated: the text is normalised, checked, and stored under its hash."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from accessa.domain.errors import PermanentError
from accessa.domain.file_types import BY_MIME, PDF
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.page_file import is_own_text, small_or_file
from accessa.pipeline.services import Services
from accessa.pipeline.text_layout import LaidOutText, normal_text
from accessa.pipeline.text_stream import StreamedText, streamed_text
from accessa.providers.storage import parsed_path
from accessa.store.documents import ParsedText, insert_parsed_texts
from accessa.store.effects import Event, Facts, SharedEffect

# What takes about a millisecond is done at once; a thread would cost as much.
_AT_ONCE_CHARACTERS = 100_000


async def validate_parse(job: Job, services: Services, desk: Desk) -> Outcome:
    """Normalise the pages into one text; a document without any text fails here, before more is bought."""
    async with small_or_file(job, services, desk) as pages:
        if isinstance(pages, Path):
            async with streamed_text(pages, holds_pages=not is_own_text(job)) as streamed:
                return await _keep(
                    job, services, streamed, content=streamed.content_path, sha256=streamed.sha256, size=streamed.size
                )
        characters = sum(map(len, pages))
        await desk.take_room(characters)
        at_once = characters <= _AT_ONCE_CHARACTERS
        text = normal_text(pages) if at_once else await asyncio.to_thread(normal_text, pages)
    content = text.content
    sha256 = hashlib.sha256(content).hexdigest()
    step = await _keep(job, services, text, content=content, sha256=sha256, size=len(content))
    desk.text, desk.pages = text, None
    return step


async def _keep(
    job: Job, services: Services, text: LaidOutText | StreamedText, *, content: bytes | Path, sha256: str, size: int
) -> Step:
    if text.pages_without_text == len(text.page_starts):
        raise PermanentError("NEEDS_OCR" if BY_MIME[job.mime] is PDF else "PARSE_EMPTY")
    path = parsed_path(job.user_id, job.document_id, sha256)
    await services.storage.upload(path, content, content_type="text/markdown;charset=UTF-8", size=size)
    failpoint("parse.after_text_before_row")
    parsed = ParsedText(sha256, path, text.page_starts, text.pages_without_text, text.characters)
    return Step(job, Facts(parsed_path=path, parsed_sha256=sha256), _write, (parsed, text.removed_characters))


async def _write(effect: SharedEffect, _services: Services, steps: Sequence[Step]) -> Findings:
    await insert_parsed_texts(effect.connection, [(step.job.document_id, step.content[0]) for step in steps])
    removed = [(step.job, step.content[1]) for step in steps if step.content[1]]
    await effect.note([Event(job, "note", "CHARACTERS_REMOVED", {"characters": many}) for job, many in removed])
    return {}
