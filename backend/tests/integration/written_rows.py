"""Rows as they stand in the middle of a day, written directly for those who only read them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import orjson

from accessa.domain.statuses import Status

_DOCUMENT = """
INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
VALUES ($1, $1, 'private name.pdf', 'application/pdf', 1, encode(sha256(uuid_send($1)), 'hex'), 'storage://raw/x')
"""
_JOB = """
INSERT INTO upload_pipeline.upload_jobs
    (job_id, user_id, document_id, status, raw_path, last_error, created_at, available_at, processing_completed_at,
    retry_of, lease_owner)
VALUES ($1, $2, $2, $3, 'storage://raw/x', $4::jsonb, now() - make_interval(secs => $5),
    now() + make_interval(secs => $6), now() - make_interval(secs => $7), $8, $9)
"""
_WORKER = """
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, jobs_in_hand, version, heartbeat_at)
VALUES ($1, 'host', $2, $3, 1, '0.1.0', now() - make_interval(secs => $4))
"""
_CHUNKS = """
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
SELECT $1, gen_random_uuid(), $1, ord, 'markdown-simple', '1', repeat('a', 64), 'text'
FROM generate_series(1, $2) AS ord
"""


@dataclass(frozen=True)
class Rows:
    """Writes rows; each job has a document and a user of its own. Times in seconds."""

    connection: asyncpg.Connection

    async def job(
        self,
        status: Status,
        *,
        age: float = 0,
        due_in: float = 0,
        ended_ago: float | None = None,
        error: dict[str, str] | None = None,
        retry_of: UUID | None = None,
        owner: str | None = None,
    ) -> UUID:
        """Write a job and return its id; `due_in` is the end of its lease where it has an `owner`."""
        job_id, document_id = uuid4(), uuid4()
        told = orjson.dumps(error).decode() if error else None
        await self.connection.execute(_DOCUMENT, document_id)
        await self.connection.execute(_JOB, job_id, document_id, status, told, age, due_in, ended_ago, retry_of, owner)
        return job_id

    async def failed(self, code: str, message: str, *, ended_ago: float) -> UUID:
        """Write a job whose parse has failed, and return its id."""
        return await self.job(Status.FAILED_PARSE, ended_ago=ended_ago, error={"code": code, "message": message})

    async def worker(self, name: str, *, pid: int, state: str, silent: float) -> None:
        """Write a worker that gave its last sign of life `silent` ago."""
        await self.connection.execute(_WORKER, name, pid, state, silent)

    async def chunks(self, number: int) -> None:
        """Write the chunks of one set."""
        await self.connection.execute(_CHUNKS, uuid4(), number)


@asynccontextmanager
async def writing(database_url: str) -> AsyncIterator[Rows]:
    """Lend a way to write rows; triggers are off, as the way there is not the subject."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        yield Rows(connection)
    finally:
        await connection.close()
