"""Makes a backup: both parts of the dump and the facts about it are of one and the same moment."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO

import asyncpg

import accessa
from accessa.domain.errors import RecoverableError, UsageError
from accessa.store.backups.program_run import ProgramFailedError, running
from accessa.store.backups.reading import BLOCK_BYTES, END, FORMAT, BackupFacts
from accessa.store.client_program import ClientProgram
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.models import SCHEMA
from accessa.store.statements import load

_VERSION_TABLE = "public.accessa_alembic_version"
# Speed counts for more: the vectors, which are most of it, hardly get smaller.
_COMPRESSION = 3
_PLAIN = ("--format=plain", "--encoding=UTF8", "--no-owner", "--no-privileges", "--lock-wait-timeout=30s")


async def make_backup(dump: ClientProgram, url: str, file: BinaryIO) -> BackupFacts:
    """Write our schema, with all of its rows, into `file`; `dump` is `pg_dump` for the database of `url`.

    Raises `RecoverableError` DATABASE_UNAVAILABLE, and `UsageError` SCHEMA_UNKNOWN or BACKUP_FAILED.
    """
    async with _moment(url) as (snapshot, facts):
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_COMPRESSION) as script:
            script.write(facts.first_line())
            for choice in (f"--table={_VERSION_TABLE}", f"--schema={SCHEMA}"):
                await _dump(dump, script, f"--snapshot={snapshot}", choice)
            script.write(END)
    return facts


@asynccontextmanager
async def _moment(url: str) -> AsyncIterator[tuple[str, BackupFacts]]:
    """Hold one moment of the database, as long as the block lasts, under a name that others can see it by."""
    try:
        connection = await asyncpg.connect(url, timeout=10, statement_cache_size=0)
    except DRIVER_ERRORS:
        raise RecoverableError("DATABASE_UNAVAILABLE") from None
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        facts = await _facts(connection)
        yield await connection.fetchval("SELECT pg_export_snapshot()"), facts
    finally:
        connection.terminate()


async def _facts(connection: Any) -> BackupFacts:
    try:
        revision = await connection.fetchrow(load("schema_revision"))
        documents = await connection.fetchval("SELECT count(*) FROM upload_pipeline.documents")
    except asyncpg.UndefinedTableError:
        revision = None
    if revision is None:
        raise UsageError("SCHEMA_UNKNOWN")
    return BackupFacts(
        format=FORMAT,
        revision=revision["revision"],
        accessa=accessa.__version__,
        postgres=connection.get_server_version().major,
        made_at=datetime.now(UTC),
        documents=documents,
    )


async def _dump(program: ClientProgram, script: gzip.GzipFile, *options: str) -> None:
    try:
        async with running(program, *_PLAIN, *options, stdout=asyncio.subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101 - the pipe was asked for
            while block := await process.stdout.read(BLOCK_BYTES):
                await asyncio.to_thread(script.write, block)
    except ProgramFailedError as failure:
        raise UsageError("BACKUP_FAILED", f"The backup could not be made: {failure}.") from None
