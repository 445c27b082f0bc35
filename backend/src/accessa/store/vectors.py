"""Vectors and the planned batches that buy them, of many jobs at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from accessa.domain.job import Job
from accessa.store.copying import copy_rows, field, field_count, field_length, uuid_length
from accessa.store.database import Connection, Database
from accessa.store.effects import as_array, columns
from accessa.store.statements import load

_COLUMNS = ("set_id", "chunk_id", "embed_model", "embed_version", "document_id", "vector", "vector_sha", "provider")


@dataclass(frozen=True, slots=True)
class Batch:
    """One planned embedding request; `call_key` names it by its work alone."""

    ordinal: int
    chunk_ordinals: tuple[int, ...]
    call_key: str


class VectorRow(NamedTuple):
    """One vector in pgvector's wire form (int16 dimensions, int16 zero, big-endian float32s) with its hex SHA-256."""

    chunk_id: UUID
    wire: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class BoughtBatch:
    """A batch of a job with the vectors that were bought for it."""

    job: Job
    batch: Batch
    rows: Sequence[VectorRow]


async def copy_known_vectors(connection: Connection, jobs: Sequence[Job], provider: str) -> dict[UUID, int]:
    """Give chunks whose text the same user has already paid this provider for that vector; return how many by set."""
    copied: dict[UUID, int] = {}
    for (model, version), group in by_model(jobs).items():
        sets = columns([(job.require_set(), job.user_id) for job in group])
        rows = await connection.fetch(load("copy_known_vectors"), *sets, model, version, provider)
        copied |= {row["set_id"]: row["vectors"] for row in rows}
    return copied


def by_model(jobs: Sequence[Job]) -> dict[tuple[str, str], list[Job]]:
    """Return the jobs by the model and version of their vectors."""
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        groups.setdefault((job.embed_model, job.embed_version), []).append(job)
    return groups


async def insert_batches(connection: Connection, plans: Mapping[UUID, Sequence[Batch]]) -> None:
    """Store the plans of jobs."""
    rows = [
        (job_id, batch.ordinal, batch.call_key, as_array(batch.chunk_ordinals))
        for job_id, batches in plans.items()
        for batch in batches
    ]
    if rows:
        await connection.execute(load("insert_embedding_batches"), *columns(rows))


async def select_open_batches(database: Database, job_id: UUID) -> list[Batch]:
    """Return the batches of a job whose vectors are not stored yet."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("select_open_batches"), job_id)
    return [Batch(row["batch_ord"], tuple(row["chunk_ords"]), row["call_key"]) for row in rows]


async def store_batches(
    connection: Connection, bought: Sequence[BoughtBatch], provider: str, *, replacing: bool = True
) -> None:
    """Store the vectors of batches, tick them off, and count them on their jobs.

    Those that stand in their place are replaced, or where that is not to be, `ConflictError` is raised: to expect none
    costs half as much.
    """
    if replacing:
        common = [
            (one.job.require_set(), one.job.embed_model, one.job.embed_version, one.job.document_id) for one in bought
        ]
        rows = [(place, *row) for place, one in enumerate(bought, 1) for row in one.rows]
        await connection.execute(load("upsert_vectors"), *columns(common), *columns(rows), provider)
    else:
        await copy_rows(connection, "document_vector_buffer", _COLUMNS, _copied(bought, provider))
    done = [(one.job.job_id, one.batch.ordinal) for one in bought]
    await connection.execute(load("close_embedding_batches"), *columns(done))


def _copied(bought: Sequence[BoughtBatch], provider: str) -> Iterator[bytes]:
    after = field(provider.encode())
    for one in bought:
        job = one.job
        before = field_count(_COLUMNS) + field(job.require_set().bytes) + uuid_length()
        between = field(job.embed_model.encode()) + field(job.embed_version.encode()) + field(job.document_id.bytes)
        for chunk_id, wire, sha256 in one.rows:
            yield b"".join(
                (before, chunk_id.bytes, between, field_length(len(wire)), wire, field(sha256.encode()), after)
            )


async def split_batch(connection: Connection, job_id: UUID, batch: Batch, halves: Sequence[Batch]) -> None:
    """Put two smaller batches in the place of one that the provider finds too large."""
    await connection.execute(load("delete_embedding_batch"), job_id, batch.ordinal)
    await insert_batches(connection, {job_id: halves})


async def next_batch_ordinals(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return for each job the first ordinal that no batch of it has."""
    rows = await connection.fetch(load("next_batch_ordinals"), list(job_ids))
    return dict.fromkeys(job_ids, 0) | {row["job_id"]: row["next_ord"] for row in rows}


async def count_vectors(connection: Connection, jobs: Sequence[Job], provider: str) -> dict[UUID, int]:
    """Return for each job how many vectors of its model by the provider its set has."""
    counted: dict[UUID, int] = {}
    for (model, version), group in by_model(jobs).items():
        sets = [job.require_set() for job in group]
        rows = await connection.fetch(load("count_vectors"), sets, model, version, provider)
        found = {row["set_id"]: row["vectors"] for row in rows}
        counted |= {job.job_id: found.get(job.require_set(), 0) for job in group}
    return counted
