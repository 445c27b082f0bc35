"""The schema that this version of the code was made for, and whether a database has one that it can work on."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.store.database import Database
from accessa.store.statements import load

HEAD = "0007"


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """The schema of a database: its revision (None: there is none), and the oldest code that may work on it."""

    revision: str | None
    works_since: str | None

    @property
    def fits(self) -> bool:
        """Whether this code can work on it: it is its own, or a newer one that has only been expanded since."""
        if self.revision is None:
            return False
        is_newer_and_kind = self.revision > HEAD and self.works_since is not None and self.works_since <= HEAD
        return self.revision == HEAD or is_newer_and_kind

    @property
    def advice(self) -> str:
        """What to do about a schema that does not fit."""
        if self.revision is not None and self.revision > HEAD:
            return f"The schema is {self.revision}, newer than this version takes ({HEAD}): deploy the newer version."
        return f"The schema is {self.revision}, this version needs {HEAD}: accessa db migrate"


async def live_schema(database: Database) -> LiveSchema:
    """Return the schema of the database; raises `RecoverableError` SCHEMA_UNKNOWN when there is none that tells."""
    async with database.connection() as connection:
        row = await connection.fetchrow(load("schema_revision"))
    return LiveSchema(**row) if row else LiveSchema(None, None)
