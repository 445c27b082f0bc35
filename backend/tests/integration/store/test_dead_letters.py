"""What failed is found by its index, however much else the tables hold."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from accessa.store.statements import load

USER = UUID(int=1)
DOCUMENTS = 6_000
_MANY = f"""
    INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
    SELECT gen_random_uuid(), $1, 'a.txt', 'text/plain', 1, encode(sha256(n::text::bytea), 'hex'), 'storage://raw/x'
    FROM generate_series(1, {DOCUMENTS}) AS n"""
_THEIR_JOBS = """
    INSERT INTO upload_pipeline.upload_jobs
        (job_id, user_id, document_id, status, raw_path, last_error, processing_completed_at)
    SELECT gen_random_uuid(), user_id, document_id, CASE WHEN n % 40 = 0 THEN 'failed_parse' ELSE 'complete' END,
        raw_path, CASE WHEN n % 40 = 0 THEN '{"code": "PARSE_TIMEOUT", "message": "It did not finish."}'::jsonb END,
        now() - n * interval '1 second'
    FROM (SELECT *, row_number() OVER () AS n FROM upload_pipeline.documents) AS numbered"""


async def test_dead_letters_are_found_by_their_index(database_url: str) -> None:
    """Neither the groups nor the next ones to retry are looked for among all jobs."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_MANY, USER)
        await connection.execute(_THEIR_JOBS)
        await connection.execute("ANALYZE upload_pipeline.upload_jobs")
        now, first = datetime.now(UTC), datetime(1970, 1, 1, tzinfo=UTC)
        grouping, locking = (f"EXPLAIN {load(name)}" for name in ("group_dead_letters", "lock_dead_letters"))
        plans = [
            await connection.fetch(grouping, USER, None, 200, 50),
            await connection.fetch(locking, USER, None, [], now, first, UUID(int=0), 100),
        ]
        [group] = await connection.fetch(load("group_dead_letters"), USER, None, 200, 50)
    finally:
        await connection.close()
    told = ["\n".join(row[0] for row in plan) for plan in plans]

    assert [True, True] == ["idx_upload_jobs_failed" in plan for plan in told]
    assert [False, False] == ["Seq Scan on upload_jobs j" in plan for plan in told]
    assert (DOCUMENTS // 40, 50) == (group["documents"], len(group["samples"]))
