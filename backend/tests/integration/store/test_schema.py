"""The schema: up and back, equal to the models, and guarded by the database itself, on Postgres 18 and 16."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from accessa.domain.errors import UsageError
from accessa.domain.statuses import MOVES, Status, allowed_targets, event_code
from accessa.settings import DatabaseSettings
from accessa.store import migrate
from accessa.store.database import Database
from accessa.store.schema_version import HEAD


async def connect(url: str) -> Any:
    """Return a connection to the test's database."""
    return await asyncpg.connect(url)


async def insert_job(connection: Any, status: str = "uploaded") -> UUID:
    """Insert a document with one job and return the job's id."""
    document, job, user = uuid4(), uuid4(), uuid4()
    await connection.execute(
        "INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)"
        " VALUES ($1, $2, 'a.txt', 'text/plain', 1, $3, 'storage://raw/x')",
        document,
        user,
        "0" * 64,
    )
    await connection.execute(
        "INSERT INTO upload_pipeline.upload_jobs (job_id, user_id, document_id, status, raw_path)"
        " VALUES ($1, $2, $3, $4, 'storage://raw/x')",
        job,
        user,
        document,
        status,
    )
    return job


async def force_status(connection: Any, job: UUID, status: str) -> None:
    """Put a job into a status behind the guards' back."""
    await connection.execute("ALTER TABLE upload_pipeline.upload_jobs DISABLE TRIGGER USER")
    await connection.execute(
        "UPDATE upload_pipeline.upload_jobs SET status = $2,"
        ' last_error = \'{"code": "X", "message": "x"}\' WHERE job_id = $1',
        job,
        status,
    )
    await connection.execute("ALTER TABLE upload_pipeline.upload_jobs ENABLE TRIGGER USER")


def test_migrated_schema_equals_the_models(each_database_url: str) -> None:
    """What the migrations build is what the models describe."""
    assert [] == migrate.differences(each_database_url)


def test_an_address_that_is_refused_says_what_is_wrong_with_it(database_url: str) -> None:
    """A missing database and a wrong password are told as faults of the address, without showing it."""
    parts = urlsplit(database_url)
    wrong = {
        "a database that does not exist": parts._replace(path="/nowhere"),
        "a user or a password that Postgres refuses": parts._replace(
            netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}"
        ),
    }
    for said, address in wrong.items():
        with pytest.raises(UsageError) as refused:
            migrate.upgrade(urlunsplit(address))

        expected = f"DATABASE_URL names {said}; correct it and run the command again."
        assert ("SETTINGS_INVALID", expected) == (refused.value.code, refused.value.message)


def test_services_wait_for_the_newest_revision() -> None:
    """The revision that workers and the API ask for is the last one of the migrations."""
    assert migrate.head() == HEAD


def test_migrations_go_back_to_nothing_and_up_again(each_database_url: str) -> None:
    """The way down leaves no schema, and the way up works from there."""
    assert not migrate.downgrade(each_database_url)
    assert migrate.differences(each_database_url)

    assert migrate.head() == migrate.upgrade(each_database_url)
    assert [] == migrate.differences(each_database_url)


async def test_the_database_knows_exactly_the_moves_of_the_table(each_database_url: str) -> None:
    """The database's copy of the machine has the same rows, stages and codes as the code's."""
    connection = await connect(each_database_url)
    try:
        rows = await connection.fetch("SELECT * FROM upload_pipeline.status_moves")
    finally:
        await connection.close()

    wanted = {
        (move.source, target, move.stage, event_code(move.source, target))
        for move in MOVES
        for target in (move.target, move.fails_to)
    }
    assert wanted == {(row["from_status"], row["to_status"], row["stage"], row["event_code"]) for row in rows}


async def test_the_status_check_knows_exactly_the_statuses(each_database_url: str) -> None:
    """A status that the code does not have cannot be stored, and every one that it has can."""
    connection = await connect(each_database_url)
    try:
        definition = await connection.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'upload_jobs_status_known'"
        )
    finally:
        await connection.close()

    assert {status.value for status in Status} == set(definition.split("'")[1::2])


async def test_every_illegal_move_is_refused_by_the_database(database_url: str) -> None:
    """Whatever code asks for it, a job cannot skip, go back, or leave an end."""
    connection = await connect(database_url)
    accepted = []
    try:
        job = await insert_job(connection)
        for source in Status:
            for target in set(Status) - allowed_targets(source) - {source}:
                await force_status(connection, job, source)
                try:
                    await connection.execute(
                        "UPDATE upload_pipeline.upload_jobs SET status = $2 WHERE job_id = $1", job, target
                    )
                except asyncpg.CheckViolationError:
                    continue
                accepted.append((source, target))
    finally:
        await connection.close()

    assert [] == accepted


async def test_a_job_begins_as_uploaded(database_url: str) -> None:
    """Nobody can slip a job in half way."""
    connection = await connect(database_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="a job begins as uploaded, not as complete"):
            await insert_job(connection, "complete")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("chunking", "chunks_stored", "chunks are missing"),
        ("embedding_in_progress", "embeddings_stored", "vectors are missing"),
        ("embeddings_stored", "complete", "chunks are missing"),
    ],
)
async def test_a_document_without_its_rows_cannot_move_on(
    each_database_url: str, source: str, target: str, sentence: str
) -> None:
    """`chunks_stored`, `embeddings_stored` and `complete` are facts that the database checks."""
    connection = await connect(each_database_url)
    try:
        job = await insert_job(connection)
        await force_status(connection, job, source)
        with pytest.raises(asyncpg.CheckViolationError, match=sentence):
            await connection.execute(
                "UPDATE upload_pipeline.upload_jobs SET status = $2 WHERE job_id = $1", job, target
            )
    finally:
        await connection.close()


async def test_every_move_leaves_an_event_by_itself(database_url: str) -> None:
    """Whoever moves a job, the history has the move."""
    connection = await connect(database_url)
    try:
        job = await insert_job(connection)
        await connection.execute(
            "UPDATE upload_pipeline.upload_jobs SET status = 'parse_queued' WHERE job_id = $1", job
        )
        rows = await connection.fetch(
            "SELECT type, code, from_status, to_status FROM upload_pipeline.events WHERE job_id = $1", job
        )
    finally:
        await connection.close()

    assert [("transition", "PARSE_REQUESTED", "uploaded", "parse_queued")] == [tuple(row) for row in rows]


async def test_a_failure_without_a_reason_is_refused(database_url: str) -> None:
    """A job cannot fail without a code and a sentence."""
    connection = await connect(database_url)
    try:
        job = await insert_job(connection)
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "UPDATE upload_pipeline.upload_jobs SET status = 'failed_parse' WHERE job_id = $1", job
            )
    finally:
        await connection.close()


async def test_a_document_has_one_job_under_way(database_url: str) -> None:
    """A second active job of the same document cannot exist."""
    connection = await connect(database_url)
    try:
        job = await insert_job(connection)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "INSERT INTO upload_pipeline.upload_jobs (job_id, user_id, document_id, raw_path)"
                " SELECT gen_random_uuid(), user_id, document_id, raw_path FROM upload_pipeline.upload_jobs"
                " WHERE job_id = $1",
                job,
            )
    finally:
        await connection.close()


async def test_a_pool_that_was_opened_too_early_learns_about_vectors(postgres_url: str) -> None:
    """A worker that waited for the first migration can store vectors afterwards without a restart."""
    name = f"early_{uuid4().hex}"
    admin = await connect(postgres_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    database = Database(DatabaseSettings(url=SecretStr(url)))
    try:
        async with database.connection() as early:
            assert 1 == await early.fetchval("SELECT 1")
        await asyncio.to_thread(migrate.upgrade, url)
        async with database.connection() as late:
            assert b"\x00\x01\x00\x00\x00\x00\x00\x00" == await late.fetchval("SELECT '[0]'::vector")
    finally:
        await database.close()
