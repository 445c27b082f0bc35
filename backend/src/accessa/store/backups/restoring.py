"""Restores a backup in place of what the database holds: as a whole, or not at all."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import BinaryIO

import asyncpg

from accessa.domain.errors import RecoverableError, UsageError
from accessa.store import migrate
from accessa.store.backups.program_run import ProgramFailedError, running
from accessa.store.backups.reading import FORMAT, BackupFacts, blocks, check_backup
from accessa.store.client_program import ClientProgram
from accessa.store.driver_errors import DRIVER_ERRORS

# Of an error its code alone is told, as the rest quotes rows, and rows hold document text.
_OPTIONS = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", "--file=-")
# Not --single-transaction: that commits what has come until then when this process dies and the script just ends.
_BEGIN = f"BEGIN;\n{migrate.SET_ASIDE}".encode()
_COMMIT = b"COMMIT;\n"


async def restore_backup(client: ClientProgram, url: str, file: BinaryIO) -> str:
    """Replace our schema by the one in the backup, migrated to what this version needs; return the revision it has.

    `client` is `psql` for the database of `url`. What was there before is back when it fails. Raises `UsageError`
    BACKUP_UNUSABLE, BACKUP_TOO_NEW or RESTORE_FAILED, and `RecoverableError` DATABASE_UNAVAILABLE.
    """
    facts = await asyncio.to_thread(check_backup, file)
    _refuse_unknown(facts)
    await _refuse_older_server(url, facts)
    try:
        await _replay(client, file)
    except ProgramFailedError as failure:
        raise UsageError("RESTORE_FAILED", _kept(f"Postgres did not take the backup: {failure}")) from None
    try:
        return await asyncio.to_thread(migrate.take_over, url)
    except Exception as error:
        await asyncio.to_thread(migrate.give_back, url)
        raise UsageError(
            "RESTORE_FAILED", _kept(f"The backup could not be migrated from {facts.revision}: {type(error).__name__}")
        ) from error


def _kept(finding: str) -> str:
    return f"{finding}. What the database held before is still there."


def _refuse_unknown(facts: BackupFacts) -> None:
    if facts.format > FORMAT or not migrate.knows(facts.revision):
        finding = f"The backup has the schema {facts.revision}, and this version knows none after {migrate.head()}"
        raise UsageError("BACKUP_TOO_NEW", f"{finding}; restore it with Accessa {facts.accessa} or a newer one.")


async def _refuse_older_server(url: str, facts: BackupFacts) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=10, statement_cache_size=0)
    except DRIVER_ERRORS:
        raise RecoverableError("DATABASE_UNAVAILABLE") from None
    server = connection.get_server_version().major
    connection.terminate()
    if facts.postgres > server:
        finding = f"The backup was made by Postgres {facts.postgres}, and this stack has {server}"
        raise UsageError("BACKUP_TOO_NEW", f"{finding}; restore it where Postgres is as new.")


async def _replay(client: ClientProgram, file: BinaryIO) -> None:
    async with running(client, *_OPTIONS, stdin=asyncio.subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 - the pipe was asked for
        # A program that ends early has its reason, which its exit code and its last words tell.
        with suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(_BEGIN)
            for block in blocks(file):
                process.stdin.write(block)
                await process.stdin.drain()
            process.stdin.write(_COMMIT)
            await process.stdin.drain()
        process.stdin.close()
