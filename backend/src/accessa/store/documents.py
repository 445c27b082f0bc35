"""Documents and their parsed texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.domain.job import Job
from accessa.store.database import Connection, Database
from accessa.store.effects import as_array, columns
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A verified upload: hex SHA-256 and length of the bytes that lie at `raw_path`."""

    document_id: UUID
    user_id: UUID
    filename: str
    mime: str
    bytes_len: int
    file_sha256: str
    raw_path: str


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A normalised text: hex SHA-256, where it lies, the character offset of each page, and its size."""

    parsed_sha256: str
    parsed_path: str
    page_starts: tuple[int, ...]
    pages_without_text: int
    characters: int


async def insert_document(connection: Connection, document: NewDocument) -> bool:
    """Store the document; False when the same bytes of the same user are stored already."""
    stored = await connection.fetchval(
        load("insert_document"),
        document.document_id,
        document.user_id,
        document.filename,
        document.mime,
        document.bytes_len,
        document.file_sha256,
        document.raw_path,
    )
    return stored is not None


async def find_latest_job(connection: Connection, user_id: UUID, document_id: UUID) -> Mapping[str, Any] | None:
    """Return the newest job of a document, or None."""
    row: Mapping[str, Any] | None = await connection.fetchrow(load("find_latest_job"), user_id, document_id)
    return row


async def made_by(connection: Connection, document_id: UUID) -> str | None:
    """Return who made the live vectors of a document, or None when it has none."""
    provider: str | None = await connection.fetchval(load("find_vector_provider"), document_id)
    return provider


async def find_raw_path(database: Database, user_id: UUID, document_id: UUID) -> str | None:
    """Return where the bytes of a user's document lie, or None when there is no such document."""
    async with database.connection() as connection:
        path: str | None = await connection.fetchval(load("find_raw_path"), user_id, document_id)
    return path


async def select_known_files(database: Database, user_id: UUID, hashes: Sequence[str], provider: str) -> list[str]:
    """Return those of the SHA-256 (hex) whose upload by the user would buy nothing, with vectors by `provider`."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("select_known_files"), user_id, list(hashes), provider)
    return [row["file_sha256"] for row in rows]


async def lock_latest_job(connection: Connection, user_id: UUID, subject: UUID) -> Mapping[str, Any] | None:
    """Lock and return the newest job of a document; `subject` is its id or that of any of its jobs."""
    row: Mapping[str, Any] | None = await connection.fetchrow(load("lock_newest_job_of_user"), user_id, subject)
    return row


async def select_documents(
    database: Database, user_id: UUID, *, document_id: UUID | None = None, limit: int = 50
) -> Sequence[Mapping[str, Any]]:
    """Return the user's documents, newest first."""
    async with database.connection() as connection:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(
            load("select_documents_of_user"), user_id, document_id, limit
        )
    return rows


async def insert_parsed_texts(connection: Connection, texts: Sequence[tuple[UUID, ParsedText]]) -> None:
    """Store the facts about parsed texts of documents; the same text is left as it is."""
    rows = [
        (
            document_id,
            text.parsed_sha256,
            text.parsed_path,
            as_array(text.page_starts),
            text.pages_without_text,
            text.characters,
        )
        for document_id, text in texts
    ]
    await connection.execute(load("insert_parsed_texts"), *columns(rows))


async def find_page_starts(database: Database, document_id: UUID, parsed_sha256: str) -> list[int]:
    """Return the character offset at which each page of a parsed text begins."""
    async with database.connection() as connection:
        row = await connection.fetchrow(load("find_parsed_text"), document_id, parsed_sha256)
    return list(row["page_starts"])


async def publish_sets(connection: Connection, jobs: Sequence[Job]) -> None:
    """Make each job's set, with its model's vectors by one provider, the live one, and take away those it replaces."""
    published = columns([(job.document_id, job.require_set(), job.embed_model, job.embed_version) for job in jobs])
    await connection.execute(load("publish_sets"), *published)
    await connection.execute(load("delete_replaced_sets"), *published[:2])
