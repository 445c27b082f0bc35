"""What the last audit by a worker has found, for commands that show the state of the stack."""

from __future__ import annotations

import asyncio

from pydantic import SecretStr

from accessa.cli.connection import database_url
from accessa.domain.errors import AccessaError
from accessa.settings import Settings
from accessa.store.audit_runs import find_last_audit
from accessa.store.database import Database


def open_database(settings: Settings) -> Database:
    """Return the database that a command means; it connects when it is first used."""
    group = settings.database.model_copy(update={"url": SecretStr(database_url(settings))})
    return Database(group, "accessa-cli", environment=settings.runtime.environment)


def audit_news(settings: Settings) -> list[str]:
    """Return one sentence for each thing that the last audit found wrong; none while the database does not answer."""

    async def ask() -> list[str]:
        database = open_database(settings)
        try:
            async with database.connection() as connection:
                verdict = await find_last_audit(connection)
        except AccessaError:
            return []
        finally:
            await database.close()
        return verdict.sentences() if verdict else []

    return asyncio.run(ask())
