"""Rows in the form in which binary COPY takes them, which spares both sides the making of values on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import islice

import asyncpg

from accessa.store.database import Connection
from accessa.store.driver_errors import ConflictError
from accessa.telemetry import traces

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_ROWS_AT_ONCE = 64
_UUID_BYTES = 16


def field(value: bytes) -> bytes:
    """Return the binary form of one value with its length before it."""
    return field_length(len(value)) + value


def field_length(size: int) -> bytes:
    """Return what stands before a value of `size` bytes."""
    return size.to_bytes(4, "big")


def uuid_length() -> bytes:
    """Return what stands before a UUID."""
    return field_length(_UUID_BYTES)


def field_count(columns: Sequence[str]) -> bytes:
    """Return what stands before the values of a row."""
    return len(columns).to_bytes(2, "big")


async def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Add rows, each with its field count and fields, to a table of ours.

    Raises `ConflictError` when one of them is there already; the transaction is lost by then.
    """
    try:
        with traces.span(f"COPY {table}", kind="client", db_system="postgresql", db_statement_name=f"COPY {table}"):
            await connection.copy_to_table(
                table, schema_name="upload_pipeline", columns=columns, format="binary", source=_pieces(rows)
            )
    except asyncpg.UniqueViolationError as error:
        raise ConflictError("DATABASE_UNAVAILABLE") from error


async def _pieces(rows: Iterable[bytes]) -> AsyncIterator[bytes]:
    left = iter(rows)
    yield _HEADER
    while several := b"".join(islice(left, _ROWS_AT_ONCE)):
        yield several
    yield _END
