"""How much is stored."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

ROWS = gauge("accessa_buffer_rows", "Rows of a table, as the database's statistics have them", "table")
BYTES = gauge("accessa_buffer_bytes", "Bytes of a table with its indexes", "table")
DATABASE = gauge("accessa_database_bytes", "Bytes of the whole database")
TABLES = (
    "document_chunk_buffer",
    "document_vector_buffer",
    "documents",
    "events",
    "parsed_texts",
    "provider_calls",
    "upload_jobs",
)


class TablesReading:
    """Sizes take the file system's word for each file, so they are looked at seldom."""

    metrics = (ROWS, BYTES, DATABASE)
    every_seconds = 30.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return rows and bytes of the tables that grow."""
        rows = await connection.fetch(load("sight_tables"), list(TABLES))
        return [
            *(Sample(ROWS, row["rows"], (row["table"],)) for row in rows),
            *(Sample(BYTES, row["bytes"], (row["table"],)) for row in rows),
            *(Sample(DATABASE, row["database_bytes"]) for row in rows[:1]),
        ]
