"""An upgrade while workers of the first version go on: they are not stopped, and what they leave is told apart."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
from pydantic import SecretStr

from accessa.settings import DatabaseSettings
from accessa.store import migrate
from accessa.store.database import Database
from accessa.store.documents import made_by
from accessa.store.search import count_documents
from accessa.store.search_index import VectorKind

USER, DOCUMENT, JOB, SET = (UUID(int=number) for number in range(1, 5))
BEGUN = f"""
INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
VALUES ('{DOCUMENT}', '{USER}', 'a.md', 'text/markdown', 1, repeat('0', 64), 'raw/a');
INSERT INTO upload_pipeline.upload_jobs (job_id, user_id, document_id, raw_path)
VALUES ('{JOB}', '{USER}', '{DOCUMENT}', 'raw/a');
"""
# What the first version writes on the way of a job, as far as it concerns providers.
GONE_ON = f"""
INSERT INTO upload_pipeline.parse_runs (job_id, document_id, provider, options_sha, call_key, locator)
VALUES ('{JOB}', '{DOCUMENT}', 'llamaparse', 'o', 'k', 'l');
INSERT INTO upload_pipeline.provider_calls
    (call_key, job_id, document_id, user_id, provider, operation, model, units, lease_epoch)
VALUES ('k', '{JOB}', '{DOCUMENT}', '{USER}', 'openai', 'embed', 'm', 1, 1);
INSERT INTO upload_pipeline.parsed_texts
    (document_id, parsed_sha256, parsed_path, page_starts, pages, pages_without_text, characters)
VALUES ('{DOCUMENT}', repeat('0', 64), 'parsed/a', '{{0}}', 1, 0, 1);
INSERT INTO upload_pipeline.chunk_sets (set_id, document_id, parsed_sha256, chunker_name, chunker_version)
VALUES ('{SET}', '{DOCUMENT}', repeat('0', 64), 'c', '1');
UPDATE upload_pipeline.documents SET live_set_id = '{SET}', live_embed_model = 'm', live_embed_version = '1';
"""


async def run(url: str, statements: str) -> None:
    """Run statements."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def test_workers_of_the_first_version_go_on_after_the_upgrade(database_url: str) -> None:
    """Their rows are taken, and the documents that they publish count as made by an unknown mock, never as searched."""
    await asyncio.to_thread(migrate.downgrade, database_url, "0001")
    await run(database_url, BEGUN)
    await asyncio.to_thread(migrate.upgrade, database_url)
    await run(database_url, GONE_ON)
    database = Database(DatabaseSettings(url=SecretStr(database_url)))
    try:
        counted = await count_documents(database, USER, VectorKind("m", "1", "openai", 3))
        async with database.connection() as connection:
            maker = await made_by(connection, DOCUMENT)
    finally:
        await database.close()

    assert ((0, 1), "mock-unknown") == (counted, maker)
