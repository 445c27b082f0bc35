"""Vectors and the planned batches that buy them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accessa.domain.job import Job
from accessa.store.database import Connection, Database
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class Batch:
    """One planned embedding request; `call_key` names it by its work alone."""

    ordinal: int
    chunk_ordinals: tuple[int, ...]
    call_key: str


@dataclass(frozen=True, slots=True)
class VectorRow:
    """One vector in pgvector's wire form (int16 dimensions, int16 zero, big-endian float32s) with its hex SHA-256."""

    chunk_id: UUID
    wire: bytes
    sha256: str


async def copy_known_vectors(connection: Connection, job: Job, provider: str) -> int:
    """Give chunks whose text the same user has already paid this provider for that vector; return how many."""
    done = await connection.execute(
        load("copy_known_vectors"), job.require_set(), job.embed_model, job.embed_version, job.user_id, provider
    )
    return int(done.rsplit(" ", 1)[-1])


async def insert_batches(connection: Connection, job_id: UUID, batches: Sequence[Batch]) -> None:
    """Store the plan of a job."""
    await connection.executemany(
        load("insert_embedding_batch"),
        [(job_id, batch.ordinal, list(batch.chunk_ordinals), batch.call_key) for batch in batches],
    )


async def select_open_batches(database: Database, job_id: UUID) -> list[Batch]:
    """Return the batches of a job whose vectors are not stored yet."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("select_open_batches"), job_id)
    return [Batch(row["batch_ord"], tuple(row["chunk_ords"]), row["call_key"]) for row in rows]


async def store_batch(connection: Connection, job: Job, batch: Batch, rows: Sequence[VectorRow], provider: str) -> int:
    """Store the vectors of one batch, tick it off, and return how many vectors of the provider the set now has."""
    set_id = job.require_set()
    await connection.executemany(
        load("upsert_vector"),
        [
            (set_id, row.chunk_id, job.embed_model, job.embed_version, job.document_id, row.wire, row.sha256, provider)
            for row in rows
        ],
    )
    await connection.execute(load("close_embedding_batch"), job.job_id, batch.ordinal)
    return await count_vectors(connection, job, provider)


async def split_batch(connection: Connection, job_id: UUID, batch: Batch, halves: Sequence[Batch]) -> None:
    """Put two smaller batches in the place of one that the provider finds too large."""
    await connection.execute(load("delete_embedding_batch"), job_id, batch.ordinal)
    await insert_batches(connection, job_id, halves)


async def next_batch_ordinal(connection: Connection, job_id: UUID) -> int:
    """Return the first ordinal that no batch of the job has."""
    ordinal: int = await connection.fetchval(load("next_batch_ordinal"), job_id)
    return ordinal


async def count_vectors(connection: Connection, job: Job, provider: str) -> int:
    """Return how many vectors of the job's model by the provider its set has."""
    count: int = await connection.fetchval(
        load("count_vectors"), job.require_set(), job.embed_model, job.embed_version, provider
    )
    return count
