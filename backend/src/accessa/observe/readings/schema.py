"""Whether the schema is one that this version can work on."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.schema_version import LiveSchema
from accessa.store.statements import load

FITS = gauge("accessa_schema_fits", "1 when the schema of the database is one that this version works on, else 0")


class SchemaReading:
    """The revision of the schema."""

    metrics = (FITS,)
    every_seconds = 5.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return 1 or 0; a database without our tables has none that fits."""
        if not await connection.fetchval(load("sight_has_schema")):
            return [Sample(FITS, 0)]
        row = await connection.fetchrow(load("schema_revision"))
        return [Sample(FITS, float(row is not None and LiveSchema(**row).fits))]
