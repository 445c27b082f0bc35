"""Money in the database alone: receipts that it counts itself, workers of the version before, sums that stay quick."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from backend.tests.integration.store.test_schema import connect, force_status, insert_job

from accessa.store.statements import load

# A document that has everything but its publication, as a worker of the version before leaves it too.
MADE = """
INSERT INTO upload_pipeline.providers (provider) VALUES ('mock-unknown');
INSERT INTO upload_pipeline.parsed_texts
    (document_id, parsed_sha256, parsed_path, page_starts, pages, pages_without_text, characters)
SELECT document_id, repeat('0', 64), 'parsed/a', '{0}', 1, 0, 4 FROM upload_pipeline.upload_jobs WHERE job_id = '$job';
INSERT INTO upload_pipeline.chunk_sets (set_id, document_id, parsed_sha256, chunker_name, chunker_version, chunks_total)
SELECT job_id, document_id, repeat('0', 64), 'c', '1', 1 FROM upload_pipeline.upload_jobs WHERE job_id = '$job';
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
SELECT job_id, job_id, document_id, 0, 'c', '1', repeat('0', 64), 'text' FROM upload_pipeline.upload_jobs
WHERE job_id = '$job';
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha)
SELECT job_id, job_id, embed_model, embed_version, document_id, '[1,0,0]', repeat('0', 64)
FROM upload_pipeline.upload_jobs WHERE job_id = '$job';
UPDATE upload_pipeline.upload_jobs SET set_id = job_id WHERE job_id = '$job';
UPDATE upload_pipeline.documents d
SET live_set_id = j.job_id, live_embed_model = j.embed_model, live_embed_version = j.embed_version
FROM upload_pipeline.upload_jobs j WHERE j.document_id = d.document_id AND j.job_id = '$job';
"""
# What a worker of the version before writes of a paid call.
OLD_INTENT = """
INSERT INTO upload_pipeline.provider_calls
    (call_key, job_id, document_id, user_id, provider, operation, model, units, lease_epoch)
SELECT $2, job_id, document_id, user_id, 'mock-unknown', 'embed', 'm', 1, 1
FROM upload_pipeline.upload_jobs WHERE job_id = $1 RETURNING call_id
"""
OLD_RECORD = """
UPDATE upload_pipeline.provider_calls SET state = 'recorded', units = 1, tokens = 7, cost_usd = 0.5, ended_at = now()
WHERE call_id = $1
"""
COMPLETE = "UPDATE upload_pipeline.upload_jobs SET status = 'complete' WHERE job_id = $1"


async def made(connection: Any) -> Any:
    """Return a job that lacks nothing but its publication."""
    job = await insert_job(connection)
    await connection.execute(MADE.replace("$job", str(job)))
    await force_status(connection, job, "embeddings_stored")
    return job


async def test_a_worker_of_the_version_before_completes_with_a_receipt(each_database_url: str) -> None:
    """Its rows of the ledger are taken, the intent it leaves open is closed, and the database writes the receipt."""
    connection = await connect(each_database_url)
    try:
        job = await made(connection)
        await connection.fetchval(OLD_INTENT, job, "lost")
        await connection.execute(OLD_RECORD, await connection.fetchval(OLD_INTENT, job, "paid"))
        await connection.execute(COMPLETE, job)
        receipt = await connection.fetchrow("SELECT * FROM upload_pipeline.receipts WHERE job_id = $1", job)
        states = await connection.fetch("SELECT call_key, state FROM upload_pipeline.provider_calls ORDER BY call_id")
    finally:
        await connection.close()

    facts = ("bytes_len", "chunks", "vectors", "dimensions", "calls", "tokens", "cost_usd", "embed_provider")
    assert (1, 1, 1, 3, 1, 7, 0.5, "mock-unknown") == tuple(receipt[name] for name in facts)
    assert {"publish"} == json.loads(receipt["stage_seconds"]).keys()
    assert [("lost", "abandoned"), ("paid", "recorded")] == [tuple(row) for row in states]


@pytest.mark.parametrize("word", ["chunks_total", "embeds_done"])
async def test_a_job_whose_word_is_not_what_the_tables_hold_is_not_complete(database_url: str, word: str) -> None:
    """A worker that says it has made two of what there is one of is refused by the database."""
    connection = await connect(database_url)
    try:
        job = await made(connection)
        await connection.execute(
            "UPDATE upload_pipeline.upload_jobs SET progress = jsonb_build_object($2::text, 2) WHERE job_id = $1",
            job,
            word,
        )
        with pytest.raises(asyncpg.CheckViolationError, match=r"the tables hold 1 and 1"):
            await connection.execute(COMPLETE, job)
        receipts = await connection.fetchval("SELECT count(*) FROM upload_pipeline.receipts")
    finally:
        await connection.close()

    assert 0 == receipts


async def test_sums_of_a_large_ledger_are_read_from_an_index(database_url: str) -> None:
    """Costs of a user and the sums that budgets need never go through the whole ledger."""
    document = uuid4()
    connection = await connect(database_url)
    try:
        await connection.execute("INSERT INTO upload_pipeline.providers (provider) VALUES ('openai')")
        await connection.execute(
            "INSERT INTO upload_pipeline.provider_calls (call_key, job_id, document_id, user_id, provider, operation,"
            " model, units, lease_epoch, intended_at) SELECT n::text, gen_random_uuid(), gen_random_uuid(),"
            " md5((n % 50)::text)::uuid, 'openai', 'embed', 'm', 1, 1, now() - make_interval(mins => n)"
            " FROM generate_series(1, 10000) AS n"
        )
        user = await connection.fetchval("SELECT user_id FROM upload_pipeline.provider_calls LIMIT 1")
        await connection.execute("VACUUM ANALYZE upload_pipeline.provider_calls")
        costs = f"'{user}', '2026-01-01', 100"
        asked = dict.fromkeys(("sum_costs_by_day", "sum_costs_by_document", "sum_costs_by_model"), costs)
        asked["sum_commitments"] = f"'{document}', '{user}', true, true"
        plans = {name: await _plan(connection, name, values) for name, values in asked.items()}
    finally:
        await connection.close()

    assert [] == [name for name, plan in plans.items() if "Seq Scan on provider_calls" in plan]
    assert "idx_provider_calls_intended" in plans["sum_commitments"]


async def _plan(connection: Any, name: str, values: str) -> str:
    kinds = {"sum_commitments": "uuid, uuid, boolean, boolean"}.get(name, "uuid, date, integer")
    await connection.execute(f"PREPARE {name} ({kinds}) AS {load(name)}")
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE {name} ({values})"))
