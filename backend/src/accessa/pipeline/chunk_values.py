"""What is stored of a chunk: it is made in large texts' children as well, which know nothing of a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from accessa.domain.chunking import Chunk
from accessa.domain.ids import chunk_ids


def chunk_values(
    document_id: UUID, chunker: tuple[str, str], chunks: Sequence[Chunk]
) -> Iterator[tuple[UUID, int, str, str, bytes]]:
    """Yield (id, ordinal, hex SHA-256, text, facts as JSON) of each chunk; a chunker is (name, version)."""
    ids = chunk_ids(document_id, *chunker, (chunk.ordinal for chunk in chunks))
    for identity, chunk in zip(ids, chunks, strict=True):
        yield identity, chunk.ordinal, chunk.sha256, chunk.text, _meta(chunk)


def _meta(chunk: Chunk) -> bytes:
    facts = orjson.dumps(
        {
            "start": chunk.start,
            "end": chunk.end,
            "page": chunk.page,
            "page_end": chunk.page_end,
            "page_breaks": chunk.page_breaks,
            "headings": chunk.headings,
        }
    )
    # A copy: what comes from there keeps the 4 kB that it was written into.
    return bytes(memoryview(facts))
