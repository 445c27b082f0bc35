"""chunking → chunks_stored: the text is cut, and every chunk stored in the transaction that says so."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Collection, Sequence
from contextlib import aclosing
from pathlib import Path
from uuid import UUID

from accessa.domain.chunking import chunk_text
from accessa.domain.errors import PermanentError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.services import Services
from accessa.pipeline.text_layout import LaidOutText
from accessa.pipeline.text_stream import streamed_rows
from accessa.pipeline.text_work import chunk_rows
from accessa.store.chunks import ChunkRow, close_chunk_sets, insert_chunks_of_many
from accessa.store.documents import find_page_starts
from accessa.store.effects import Effect, Facts, SharedEffect

# What takes about a millisecond is done at once; a thread would cost as much.
_AT_ONCE_BYTES = 100_000


async def store_chunks(job: Job, services: Services, desk: Desk) -> Outcome:
    """Cut the text, and store its chunks as one whole: with those of other jobs, or a large text's alone."""
    # The size of a chunk belongs to the chunker's version: another one under the same ids would be another text.
    if desk.text is None:
        return await _store_alone(job, services)
    rows = await _rows_of(job, desk.text)
    _check_count(len(rows), services)
    desk.rows, desk.text = rows, None
    facts = Facts({"chunks_total": len(rows), "chunks_done": len(rows)})
    return Step(job, facts, _write, rows, rows=len(rows))


async def _rows_of(job: Job, text: LaidOutText) -> list[ChunkRow]:
    def cut() -> list[ChunkRow]:
        return chunk_rows(job.document_id, job.chunker, list(chunk_text(text.content.decode(), text.page_starts)))

    return cut() if len(text.content) <= _AT_ONCE_BYTES else await asyncio.to_thread(cut)


async def _write(effect: SharedEffect, _services: Services, steps: Sequence[Step]) -> Findings:
    await _insert(effect, [(step.job, step.content) for step in steps], effect.new_sets)
    await close_chunk_sets(effect.connection, {step.job.require_set(): len(step.content) for step in steps})
    return {}


async def _store_alone(job: Job, services: Services) -> Job:
    page_starts = await find_page_starts(services.database, job.document_id, str(job.parsed_sha256))
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        path = Path(folder) / "text"
        await services.storage.download_to(job.require_parsed_path(), path)
        async with (
            aclosing(streamed_rows(path, page_starts, job.document_id, job.chunker)) as parts,
            services.fenced(job) as effect,
        ):
            total = 0
            async for rows in parts:
                total += len(rows)
                if total > services.settings.chunk.max_count:
                    break
                await _insert(effect, [(job, rows)])
            _check_count(total, services)
            await close_chunk_sets(effect.connection, {job.require_set(): total})
            return await effect.advance(Status.CHUNKS_STORED, progress={"chunks_total": total, "chunks_done": total})


async def _insert(
    effect: Effect | SharedEffect, sets: Sequence[tuple[Job, Sequence[ChunkRow]]], new: Collection[UUID] = ()
) -> None:
    await insert_chunks_of_many(effect.connection, sets, new)
    failpoint("chunks.between_inserts")


def _check_count(total: int, services: Services) -> None:
    if not total:
        raise PermanentError("NO_CONTENT")
    if total > services.settings.chunk.max_count:
        raise PermanentError("TOO_MANY_CHUNKS")
