"""Backups on a real Postgres: what is in them comes back as a whole, or the database stays as it was."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from backend.tests.conftest import run_sql

from accessa.domain.errors import UsageError
from accessa.stack.postgres.binaries import packaged_root
from accessa.store import migrate
from accessa.store.backups import restoring
from accessa.store.backups.making import make_backup
from accessa.store.backups.reading import END, BackupFacts, check_backup, read_facts
from accessa.store.backups.restoring import restore_backup
from accessa.store.client_program import ClientProgram

SECRET = "What nobody may read in an error."
USER, DOCUMENT = (UUID(int=number) for number in (1, 2))
DOCUMENT_SQL = f"""
INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
VALUES ('{DOCUMENT}', '{USER}', 'notes.md', 'text/markdown', 9, repeat('a', 64), 'storage://raw/x.md')
"""
# Triggers and foreign keys are off, as the way of a document is not the subject.
CHUNK_SQL = f"""
SET session_replication_role = replica;
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
VALUES ('{DOCUMENT}', '{DOCUMENT}', '{DOCUMENT}', 0, 'simple', '1', repeat('a', 64), E'{SECRET}\\n\\\\.\\n\\ttab');
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
VALUES ('{DOCUMENT}', '{DOCUMENT}', 'model', '1', '{DOCUMENT}', '[0.6,0.8]', repeat('b', 64), 'mock-openai');
"""
ROWS = """
SELECT d.filename, c.text, v.vector::text AS vector
FROM upload_pipeline.documents d
LEFT JOIN upload_pipeline.document_chunk_buffer c USING (document_id)
LEFT JOIN upload_pipeline.document_vector_buffer v USING (document_id)
"""


def client(url: str, name: str) -> ClientProgram:
    """Return how to run a program beside the server of the tests, as `postgres_program` does for a stack."""
    address = urlsplit(url)
    argv = (
        str(packaged_root() / "bin" / name),
        f"--host={address.hostname}",
        f"--port={address.port}",
        f"--username={address.username}",
        f"--dbname={address.path[1:]}",
    )
    return ClientProgram(argv, {"PGPASSWORD": address.password or "", "LC_ALL": "C"})


async def backup_of(url: str) -> bytes:
    """Return a backup of the database."""
    file = io.BytesIO()
    await make_backup(client(url, "pg_dump"), url, file)
    return file.getvalue()


async def restored(url: str, backup: bytes | BinaryIO) -> str:
    """Restore a backup, and return the revision that the database then has."""
    return await restore_backup(client(url, "psql"), url, io.BytesIO(backup) if isinstance(backup, bytes) else backup)


async def rows(url: str, sql: str = ROWS) -> list[tuple[Any, ...]]:
    """Return what the database answers."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def refused(url: str, backup: bytes | BinaryIO) -> UsageError:
    """Return why a backup is refused, or could not be restored."""
    with pytest.raises(UsageError) as refusal:
        await restored(url, backup)
    assert SECRET not in refusal.value.message
    return refusal.value


def rewritten(backup: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """Return the backup with parts of its script replaced."""
    script = gzip.decompress(backup)
    for old, new in changes:
        assert old in script
        script = script.replace(old, new)
    return gzip.compress(script)


@pytest.fixture
def filled_url(database_url: str) -> Iterator[str]:
    """A database with a document, a chunk and a vector, and a table that is not ours."""
    run_sql(database_url, DOCUMENT_SQL, CHUNK_SQL, "CREATE TABLE public.foreign_table AS SELECT 7 AS kept")
    yield database_url
    # It would make the next user of the connection wait.
    run_sql(database_url, "SELECT 1")


async def test_what_was_backed_up_comes_back(filled_url: str) -> None:
    """Rows are as they were, byte for byte; what came later is gone, and what is not ours is left alone."""
    before = await rows(filled_url)
    backup = await backup_of(filled_url)
    await asyncio.to_thread(
        run_sql,
        filled_url,
        "UPDATE upload_pipeline.documents SET filename = 'later.md'",
        "TRUNCATE upload_pipeline.document_chunk_buffer",
        "CREATE TABLE upload_pipeline.of_a_later_version AS SELECT 1 AS number",
        "UPDATE public.foreign_table SET kept = 8",
    )
    revision = await restored(filled_url, backup)

    assert 1 == len(before)
    assert before == await rows(filled_url)
    assert [(8,)] == await rows(filled_url, "SELECT kept FROM public.foreign_table")
    assert (migrate.head(), []) == (revision, await asyncio.to_thread(migrate.differences, filled_url))
    assert [] == await rows(filled_url, f"SELECT FROM pg_namespace WHERE nspname = '{migrate.ASIDE}'")


async def test_a_backup_says_what_it_is(filled_url: str) -> None:
    """The first line tells schema, maker and number of documents, and the database's password is nowhere in it."""
    backup = await backup_of(filled_url)
    facts = check_backup(io.BytesIO(backup))

    assert (1, migrate.head(), 18, 1) == (facts.format, facts.revision, facts.postgres, facts.documents)
    assert str(urlsplit(filled_url).password).encode() not in gzip.decompress(backup)


async def test_an_older_backup_is_migrated(
    filled_url: str, postgres_url: str, fresh_database: Callable[[str, str], str]
) -> None:
    """A backup of the schema before is restored, and then brought to the one of this version, its rows included."""
    older = await asyncio.to_thread(fresh_database, postgres_url, "template0")
    await asyncio.to_thread(migrate.upgrade, older, "0006")
    await asyncio.to_thread(run_sql, older, DOCUMENT_SQL)
    backup = await backup_of(older)
    revision = await restored(filled_url, backup)

    assert ("0006", migrate.head()) == (read_facts(io.BytesIO(backup)).revision, revision)
    assert [("notes.md", None, None)] == await rows(filled_url)
    assert [] == await asyncio.to_thread(migrate.differences, filled_url)


async def test_a_migration_that_fails_leaves_what_was_there(
    filled_url: str, postgres_url: str, fresh_database: Callable[[str, str], str]
) -> None:
    """When an older backup cannot be migrated, the database has what it had before, and works."""
    before = await rows(filled_url)
    older = await asyncio.to_thread(fresh_database, postgres_url, "template0")
    await asyncio.to_thread(migrate.upgrade, older, "0006")
    await asyncio.to_thread(run_sql, older, "CREATE TABLE upload_pipeline.canary_runs AS SELECT 1 AS in_the_way")
    refusal = await refused(filled_url, await backup_of(older))

    assert ("RESTORE_FAILED", True) == (refusal.code, "could not be migrated from 0006" in refusal.message)
    assert before == await rows(filled_url)
    assert [] == await asyncio.to_thread(migrate.differences, filled_url)


async def test_a_failure_in_the_middle_leaves_what_was_there(filled_url: str) -> None:
    """When Postgres refuses a part of the script, nothing of it holds, and the error tells no row."""
    before = await rows(filled_url)
    backup = rewritten(await backup_of(filled_url), (b"notes.md", b"other.md"), (END, b"SELECT 1 / 0;\n" + END))
    refusal = await refused(filled_url, backup)

    assert ("RESTORE_FAILED", True) == (refusal.code, "22012" in refusal.message)
    assert before == await rows(filled_url)


async def test_a_restore_that_dies_leaves_what_was_there(filled_url: str) -> None:
    """A script that just ends, as when whoever sends it is killed, is not committed."""
    before = await rows(filled_url)
    script = gzip.decompress(rewritten(await backup_of(filled_url), (b"notes.md", b"other.md")))
    part = script[: script.index(b"other.md") + 20]
    psql = client(filled_url, "psql")
    process = await asyncio.create_subprocess_exec(
        *psql.with_options(*restoring._OPTIONS),
        env=dict(psql.environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.communicate(restoring._BEGIN + part)

    assert before == await rows(filled_url)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda backup: backup[:-40], "cut off or damaged"),
        (lambda backup: backup[: len(backup) // 2], "cut off or damaged"),
        (lambda backup: backup[:2000] + b"\0" * 8 + backup[2008:], "cut off or damaged"),
        (lambda backup: gzip.compress(gzip.decompress(backup).removesuffix(END)), "cut off or damaged"),
        (lambda _backup: b"", "no backup"),
        (lambda _backup: b"-- some other SQL\n", "no backup"),
        (lambda _backup: gzip.compress(b"DROP TABLE everything;\n"), "no backup"),
        (lambda backup: rewritten(backup, (b'"revision"', b'"revisions"')), "first line"),
    ],
)
async def test_what_is_no_whole_backup_is_refused(filled_url: str, harm: Callable[[bytes], bytes], words: str) -> None:
    """A file that is cut off, damaged or something else changes nothing."""
    before = await rows(filled_url)
    refusal = await refused(filled_url, harm(await backup_of(filled_url)))

    assert ("BACKUP_UNUSABLE", True) == (refusal.code, words in refusal.message)
    assert before == await rows(filled_url)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revision": "9999"}, "has the schema 9999, and this version knows none after"),
        ({"postgres": 99}, "made by Postgres 99"),
        ({"format": 2}, "restore it with Accessa"),
    ],
)
async def test_a_newer_backup_is_refused(filled_url: str, changes: dict[str, Any], words: str) -> None:
    """What a newer version, or a newer Postgres, has made is left to these."""
    before = await rows(filled_url)
    backup = await backup_of(filled_url)
    facts = read_facts(io.BytesIO(backup))
    newer = BackupFacts(**{**facts.model_dump(), **changes})
    refusal = await refused(filled_url, rewritten(backup, (facts.first_line(), newer.first_line())))

    assert ("BACKUP_TOO_NEW", True) == (refusal.code, words in refusal.message)
    assert before == await rows(filled_url)


async def test_a_program_that_fails_is_told(filled_url: str) -> None:
    """A missing program, and one that cannot log in, are told in one sentence without the password."""
    psql = client(filled_url, "psql")
    backup = await backup_of(filled_url)
    missing = ClientProgram(("/nowhere/pg_dump", *psql.argv[1:]), psql.environment)
    stranger = ClientProgram(client(filled_url, "pg_dump").argv, {**psql.environment, "PGPASSWORD": "wrong-password"})
    told = []
    for program in (missing, stranger):
        with pytest.raises(UsageError) as failed:
            await make_backup(program, filled_url, io.BytesIO())
        told.append((failed.value.code, failed.value.message))
    with pytest.raises(UsageError, match="RESTORE_FAILED"):
        await restore_backup(missing, filled_url, io.BytesIO(backup))

    assert ["BACKUP_FAILED", "BACKUP_FAILED"] == [code for code, _ in told]
    assert "/nowhere/pg_dump cannot be run" in told[0][1]
    assert ("authentication failed" in told[1][1], "wrong-password" in told[1][1]) == (True, False)
