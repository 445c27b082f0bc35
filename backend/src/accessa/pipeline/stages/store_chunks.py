"""chunking → chunks_stored: the text is cut, and every chunk stored in the transaction that says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice

from accessa.domain.chunking import Chunk, chunk_text
from accessa.domain.errors import PermanentError
from accessa.domain.ids import chunk_id
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services
from accessa.store.chunks import ChunkRow, close_chunk_set, insert_chunks
from accessa.store.documents import find_page_starts
from accessa.store.effects import Effect

_ROWS_AT_ONCE = 1000


async def store_chunks(job: Job, services: Services) -> Outcome:
    """Cut the text off the event loop, a thousand chunks at a time, and store them as one whole."""
    content = await services.storage.download(job.require_parsed_path())
    page_starts = await find_page_starts(services.database, job.document_id, str(job.parsed_sha256))
    # The size of a chunk belongs to the chunker's version: another one under the same ids would be another text.
    chunks = chunk_text(content.decode(), page_starts)
    async with services.fenced(job) as effect:
        total = await _store_all(effect, chunks, services.settings.chunk.max_count)
        if not total:
            raise PermanentError("NO_CONTENT")
        await close_chunk_set(effect.connection, job.require_set(), total)
        return await effect.advance(Status.CHUNKS_STORED, progress={"chunks_total": total, "chunks_done": total})


async def _store_all(effect: Effect, chunks: Iterator[Chunk], most: int) -> int:
    job, total = effect.job, 0
    while rows := await asyncio.to_thread(_next_rows, job, chunks):
        total += len(rows)
        if total > most:
            raise PermanentError("TOO_MANY_CHUNKS")
        await insert_chunks(effect.connection, job.require_set(), job.document_id, job.chunker, rows)
        failpoint("chunks.between_inserts")
    return total


def _next_rows(job: Job, chunks: Iterator[Chunk]) -> list[ChunkRow]:
    return [_row(job, chunk) for chunk in islice(chunks, _ROWS_AT_ONCE)]


def _row(job: Job, chunk: Chunk) -> ChunkRow:
    meta = {
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page,
        "page_end": chunk.page_end,
        "page_breaks": list(chunk.page_breaks),
        "headings": list(chunk.headings),
    }
    identity = chunk_id(job.document_id, *job.chunker, chunk.ordinal)
    return ChunkRow(identity, chunk.ordinal, chunk.sha256, chunk.text, meta)
