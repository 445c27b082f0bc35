"""Postgres compiles no statement of ours, which takes seconds where it has a compiler and a plan guesses many rows."""

from __future__ import annotations

from pydantic import SecretStr

from accessa.settings import DatabaseSettings
from accessa.store.database import Database

_ASKED = "SELECT current_setting('jit')"


async def test_no_statement_of_a_worker_is_compiled(database_url: str) -> None:
    """Neither a statement of its own, nor one in a transaction, where that holds behind a pooler, too."""
    direct, pooled = (
        Database(DatabaseSettings(url=SecretStr(database_url), pooler=pooler)) for pooler in ("none", "transaction")
    )
    async with direct.connection() as connection:
        told = [await connection.fetchval(_ASKED)]
    for database in (direct, pooled):
        async with database.transaction() as connection:
            told.append(await connection.fetchval(_ASKED))
        await database.close()

    assert ["off"] * 3 == told
