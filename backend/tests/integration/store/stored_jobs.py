"""Jobs whose chunks and vectors are all stored, without a worker that would have stored them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

JOBS = 5
MODEL = "text-embedding-3-small"
_MADE = """
WITH documents AS (
    INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
    SELECT gen_random_uuid(), gen_random_uuid(), 'a.txt', 'text/plain', 1, repeat('0', 64), 'storage://raw/x'
    FROM generate_series(1, $1)
    RETURNING document_id, user_id
)
INSERT INTO upload_pipeline.upload_jobs (job_id, user_id, document_id, raw_path, lease_epoch)
SELECT gen_random_uuid(), user_id, document_id, 'storage://raw/x', 1 FROM documents
RETURNING job_id
"""
MOVE = "UPDATE upload_pipeline.upload_jobs SET status = $2 WHERE job_id = ANY ($1)"
_STORED = """
WITH texts AS (
    INSERT INTO upload_pipeline.parsed_texts
        (document_id, parsed_sha256, parsed_path, page_starts, pages, pages_without_text, characters)
    SELECT document_id, repeat('0', 64), 'parsed', '{0}', 1, 0, 4 FROM upload_pipeline.upload_jobs
), sets AS (
    INSERT INTO upload_pipeline.chunk_sets
        (set_id, document_id, parsed_sha256, chunker_name, chunker_version, chunks_total, provider)
    SELECT job_id, document_id, repeat('0', 64), 'c', '1', 2, 'accessa' FROM upload_pipeline.upload_jobs
), chunks AS (
    INSERT INTO upload_pipeline.document_chunk_buffer
        (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
    SELECT job_id, md5(job_id::text || ord)::uuid, document_id, ord, 'c', '1', repeat('0', 64), 'text'
    FROM upload_pipeline.upload_jobs, generate_series(0, 1) AS ord
)
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
SELECT job_id, md5(job_id::text || ord)::uuid, embed_model, embed_version, document_id, '[1, 2, 3]', repeat('0', 64),
    'accessa'
FROM upload_pipeline.upload_jobs, generate_series(0, 1) AS ord
"""
_NAMED = "UPDATE upload_pipeline.upload_jobs SET set_id = job_id"
LIVE = f"""
UPDATE upload_pipeline.documents d
SET live_set_id = j.set_id, live_embed_model = '{MODEL}', live_embed_version = '1',
    live_embed_provider = 'accessa'
FROM upload_pipeline.upload_jobs j WHERE j.document_id = d.document_id
"""
CALLS = """
INSERT INTO upload_pipeline.provider_calls
    (call_key, job_id, document_id, user_id, provider, operation, model, units, lease_epoch)
SELECT job_id::text, job_id, document_id, user_id, 'accessa', 'embed', 'm', 1, 1 FROM upload_pipeline.upload_jobs
"""
WAY = (
    *("parse_queued", "parsed", "parse_validated", "chunking", "chunks_stored"),
    *("embedding_queued", "embedding_in_progress", "embeddings_stored", "complete"),
)


async def make(connection: Any, count: int = JOBS, *, until: str = "uploaded") -> list[UUID]:
    """Return new jobs whose chunks and vectors are all stored, moved together to a status."""
    jobs = [row["job_id"] for row in await connection.fetch(_MADE, count)]
    await connection.execute(_STORED)
    await connection.execute(_NAMED)
    for status in WAY[: WAY.index(until) + 1] if until in WAY else ():
        await connection.execute(MOVE, jobs, status)
    return jobs
