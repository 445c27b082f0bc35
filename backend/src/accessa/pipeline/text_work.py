"""From pages to rows: what is done with a text of ordinary size, in a thread and without a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accessa.domain.chunking import Chunk, chunk_text
from accessa.pipeline.chunk_values import chunk_values
from accessa.pipeline.text_layout import LaidOutText, normal_text
from accessa.store.chunks import ChunkRow

LARGEST_IN_THREAD = 1_000_000
"""Characters in all pages of a text up to which the work takes a fraction of a second and a few megabytes."""


def laid_out_chunks(pages: list[str]) -> tuple[LaidOutText, list[Chunk]]:
    """Normalise the pages, join them and cut the text; meant for a thread, and for `LARGEST_IN_THREAD` characters."""
    text = normal_text(pages)
    return text, list(chunk_text(text.content.decode(), text.page_starts))


def chunk_rows(document_id: UUID, chunker: tuple[str, str], chunks: Sequence[Chunk]) -> list[ChunkRow]:
    """The rows of a document's chunks under one chunker (name, version), with their ids and with `meta` as JSON."""
    return [ChunkRow(*values) for values in chunk_values(document_id, chunker, chunks)]
