"""Live sets with vectors of one's own choice, put into the database without a pipeline; and the index duty by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import numpy.typing as npt

from accessa.providers.vector_wire import to_wire, vector_sha
from accessa.store.database import Database
from accessa.store.pool import prepare_connection
from accessa.store.search_index import (
    VectorKind,
    copy_vectors,
    create_index,
    index_turn,
    open_indexes,
    open_sets,
)

KIND = VectorKind("m", "1", "mock-openai", 16)
Matrix = npt.NDArray[np.float32]
DOCUMENT = """
WITH doc AS (
    INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
    VALUES ($1::uuid, $2, 'a.md', 'text/markdown', 1, encode(sha256($1::uuid::text::bytea), 'hex'), 'storage://raw/a')
), parsed AS (
    INSERT INTO upload_pipeline.parsed_texts
        (document_id, parsed_sha256, parsed_path, page_starts, pages, pages_without_text, characters)
    VALUES ($1, repeat('0', 64), 'storage://parsed/a', '{0}', 1, 0, 1)
)
INSERT INTO upload_pipeline.chunk_sets
    (set_id, document_id, parsed_sha256, chunker_name, chunker_version, chunks_total, provider)
VALUES ($3, $1, repeat('0', 64), 'c', '1', $4, 'mock-openai')
"""
CHUNKS = """
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
SELECT $1, c, $2, n - 1, 'c', '1', repeat('0', 64), c::text FROM unnest($3::uuid[]) WITH ORDINALITY given (c, n)
"""
VECTOR = """
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
PUBLISH = """
UPDATE upload_pipeline.documents
SET live_set_id = $2, live_embed_model = $3, live_embed_version = $4, live_embed_provider = $5 WHERE document_id = $1
"""


@dataclass(frozen=True)
class LiveSet:
    """A document whose set is live, and its chunks in the order of their vectors."""

    document_id: UUID
    set_id: UUID
    chunk_ids: list[UUID]


async def connect(url: str) -> Any:
    """Return a connection that knows vectors, to a database that knows the maker of ours."""
    connection = await asyncpg.connect(url)
    await prepare_connection(connection)
    await connection.execute("INSERT INTO upload_pipeline.providers VALUES ('mock-openai') ON CONFLICT DO NOTHING")
    return connection


async def publish(connection: Any, user_id: UUID, matrix: Matrix, kind: VectorKind = KIND) -> LiveSet:
    """Put a document in whose live set has these vectors."""
    live = LiveSet(uuid4(), uuid4(), [uuid4() for _ in matrix])
    await connection.execute(DOCUMENT, live.document_id, user_id, live.set_id, len(matrix))
    await connection.execute(CHUNKS, live.set_id, live.document_id, live.chunk_ids)
    await add_vectors(connection, live, matrix, kind)
    await make_live(connection, live, kind)
    return live


async def add_vectors(connection: Any, live: LiveSet, matrix: Matrix, kind: VectorKind) -> None:
    """Give each chunk a vector of a kind."""
    await connection.executemany(
        VECTOR,
        [
            (live.set_id, chunk, kind.model, kind.version, live.document_id, wire, vector_sha(wire), kind.provider)
            for chunk, wire in zip(live.chunk_ids, to_wire(matrix), strict=True)
        ],
    )


async def make_live(connection: Any, live: LiveSet, kind: VectorKind) -> None:
    """Let search find the vectors of a kind."""
    await connection.execute(PUBLISH, live.document_id, live.set_id, kind.model, kind.version, kind.provider)


def vectors(count: int, seed: int = 0, dimensions: int = KIND.dimensions) -> Matrix:
    """Return `count` vectors of length one, the same for the same seed."""
    matrix = np.random.default_rng(seed).standard_normal((count, dimensions))
    unit: Matrix = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)
    return unit


async def give_index(database: Database, user_id: UUID, kind: VectorKind = KIND, *, built_later: bool = False) -> int:
    """Make an index for the user and fill it."""
    async with index_turn(database) as connection:
        index_id = await create_index(connection, user_id, kind, built_later=built_later)
    await fill(database, kind)
    return index_id


async def fill(database: Database, kind: VectorKind = KIND, *, most: int = 100_000) -> int:
    """Copy what is missing in all indexes of a kind, or `most` vectors of it; return how many."""
    async with index_turn(database) as connection:
        indexes = await open_indexes(connection, kind)
        for index_id in indexes:
            await open_sets(connection, index_id, most=1000)
    async with index_turn(database) as connection:
        return await copy_vectors(connection, indexes, most=most)
