"""The mock firewall: outside `local` the database itself refuses whatever a mock has made."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from accessa.domain.errors import UsageError
from accessa.settings import DatabaseSettings
from accessa.store import migrate
from accessa.store.database import Database
from accessa.store.gates import register

# Every column that says who made a row, and is held by a foreign key; those of events and vectors are held by triggers.
LABELLED = {
    ("chunk_sets", "provider"),
    ("documents", "live_embed_provider"),
    ("parse_runs", "provider"),
    ("provider_batches", "provider"),
    ("provider_calls", "provider"),
    ("provider_gates", "provider"),
    ("receipts", "embed_provider"),
    ("receipts", "text_provider"),
    ("search_indexes", "provider"),
}


async def declare(url: str, environment: str) -> None:
    """Migrate, as `accessa db migrate` does in an environment."""
    await asyncio.to_thread(migrate.upgrade, url, environment=environment)


async def refusal(work: Any) -> str:
    """Return the code of the error that `work` ends with."""
    with pytest.raises(UsageError) as caught:
        await work
    return caught.value.code


@pytest.mark.parametrize("environment", ["staging", "production"])
async def test_a_mock_cannot_be_entered_outside_local(database_url: str, environment: str) -> None:
    """A worker with a mock's address does not get as far as its first row; one with the real address does."""
    await declare(database_url, environment)
    database = Database(DatabaseSettings(url=SecretStr(database_url)), environment=environment)
    try:
        code = await refusal(register(database, "mock-openai"))
        await register(database, "openai")
    finally:
        await database.close()

    assert "MOCK_REFUSED" == code


async def test_every_row_that_names_a_mock_is_refused_outside_local(database_url: str) -> None:
    """Whatever code writes it, a row of a mock meets a constraint, in each table that says who made its rows."""
    await declare(database_url, "production")
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO upload_pipeline.events (job_id, document_id, type, code, correlation_id, provider)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), 'note', 'X', gen_random_uuid(), 'mock-openai')"
            )
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "INSERT INTO upload_pipeline.providers (provider, environment) VALUES ('mock-openai', 'production')"
            )
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute("INSERT INTO upload_pipeline.providers (provider) VALUES ('mock-openai')")
        guarded = await connection.fetch(
            "SELECT c.conrelid::regclass::text AS name, a.attname AS field FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = 'upload_pipeline.providers'::regclass"
        )
    finally:
        await connection.close()

    assert LABELLED == {(row["name"].removeprefix("upload_pipeline."), row["field"]) for row in guarded}


@pytest.mark.parametrize("change", ["DELETE FROM", "UPDATE"])
async def test_whoever_an_event_may_name_cannot_be_taken_away(each_database_url: str, change: str) -> None:
    """A provider stays under its name, although no foreign key leads from the events to it."""
    setting = "" if change == "DELETE FROM" else "SET provider = 'another'"
    connection = await asyncpg.connect(each_database_url)
    try:
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="provider accessa stays"):
            await connection.execute(f"{change} upload_pipeline.providers {setting}")
    finally:
        await connection.close()


async def test_a_database_that_has_met_a_mock_stays_local(database_url: str) -> None:
    """What a mock has made cannot be carried into production by changing a setting."""
    database = Database(DatabaseSettings(url=SecretStr(database_url)))
    await register(database, "mock-llamaparse")
    await database.close()

    assert "ENVIRONMENT_WRONG" == await refusal(declare(database_url, "production"))


async def test_a_process_of_another_environment_gets_nowhere(database_url: str) -> None:
    """A laptop whose DATABASE_URL leads to production can neither read nor write there, nor make it local again."""
    await declare(database_url, "production")
    database = Database(DatabaseSettings(url=SecretStr(database_url)), environment="local")

    async def look() -> None:
        async with database.connection() as connection:
            await connection.fetchval("SELECT count(*) FROM upload_pipeline.documents")

    try:
        codes = [await refusal(look()), await refusal(declare(database_url, "local"))]
        codes.append(await refusal(asyncio.to_thread(migrate.reset, database_url)))
    finally:
        await database.close()
    assert ["ENVIRONMENT_WRONG"] * 3 == codes
