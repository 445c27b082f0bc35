"""chunking → chunks_stored: the text is cut, and every chunk stored in the transaction that says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice

from accessa.domain.chunking import Chunk, chunk_text
from accessa.domain.errors import PermanentError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.services import Services
from accessa.pipeline.text_work import chunk_rows
from accessa.store.chunks import ChunkRow, close_chunk_sets, insert_chunks_of_many
from accessa.store.documents import find_page_starts
from accessa.store.effects import Effect, Facts, SharedEffect

_ROWS_AT_ONCE = 1000
_AT_HAND_BYTES = 1_000_000


async def store_chunks(job: Job, services: Services, desk: Desk) -> Outcome:
    """Cut the text off the event loop, and store its chunks as one whole: with others', or a large one's alone."""
    chunks = await _chunks(job, services, desk)
    if not is_at_hand(desk):
        return await _store_alone(job, services, chunks)
    rows = await asyncio.to_thread(_next_rows, job, chunks, services.settings.chunk.max_count + 1)
    _check_count(len(rows), services)
    desk.rows = rows
    facts = Facts({"chunks_total": len(rows), "chunks_done": len(rows)})
    return Step(job, facts, _write, rows, rows=len(rows))


def is_at_hand(desk: Desk) -> bool:
    """Tell whether the chunks can be made without the database, and are few enough to be kept at hand."""
    return desk.text is not None and len(desk.text.content) <= _AT_HAND_BYTES


async def _chunks(job: Job, services: Services, desk: Desk) -> Iterator[Chunk]:
    # The size of a chunk belongs to the chunker's version: another one under the same ids would be another text.
    if desk.text is not None:
        return chunk_text(desk.text.content.decode(), desk.text.page_starts)
    content = await services.storage.download(job.require_parsed_path())
    page_starts = await find_page_starts(services.database, job.document_id, str(job.parsed_sha256))
    return chunk_text(content.decode(), page_starts)


async def _write(effect: SharedEffect, _services: Services, steps: Sequence[Step]) -> Findings:
    await _insert(effect, [(step.job, step.content) for step in steps])
    await close_chunk_sets(effect.connection, {step.job.require_set(): len(step.content) for step in steps})
    return {}


async def _store_alone(job: Job, services: Services, chunks: Iterator[Chunk]) -> Job:
    async with services.fenced(job) as effect:
        total = await _store_all(effect, services, chunks)
        await close_chunk_sets(effect.connection, {job.require_set(): total})
        return await effect.advance(Status.CHUNKS_STORED, progress={"chunks_total": total, "chunks_done": total})


async def _store_all(effect: Effect, services: Services, chunks: Iterator[Chunk]) -> int:
    job, total = effect.job, 0
    while rows := await asyncio.to_thread(_next_rows, job, chunks, _ROWS_AT_ONCE):
        total += len(rows)
        if total > services.settings.chunk.max_count:
            break
        await _insert(effect, [(job, rows)])
    _check_count(total, services)
    return total


async def _insert(effect: Effect | SharedEffect, sets: Sequence[tuple[Job, Sequence[ChunkRow]]]) -> None:
    await insert_chunks_of_many(effect.connection, sets)
    failpoint("chunks.between_inserts")


def _check_count(total: int, services: Services) -> None:
    if not total:
        raise PermanentError("NO_CONTENT")
    if total > services.settings.chunk.max_count:
        raise PermanentError("TOO_MANY_CHUNKS")


def _next_rows(job: Job, chunks: Iterator[Chunk], most: int) -> list[ChunkRow]:
    return chunk_rows(job.document_id, job.chunker, list(islice(chunks, most)))
