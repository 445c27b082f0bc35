"""Objects in the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from accessa.apps.storage.blobs import Incoming
from accessa.apps.storage.catalogue import Catalogue
from accessa.apps.storage.records import Description, StoredObject
from accessa.apps.storage.refusals import RefusedError, already_exists, bucket_missing, object_missing

_FIND = "SELECT * FROM objects WHERE bucket_id = ? AND key = ?"


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that are to become the object at `place` (bucket, key); only with `replace` in the place of another."""

    place: tuple[str, str]
    incoming: Incoming
    description: Description
    owner: str | None
    replace: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """An object that now stands in the catalogue, and the version that it replaced."""

    stored: StoredObject
    replaced: str | None


class ObjectTable:
    """Finds, puts, moves and removes rows of objects; the bytes are another's concern."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        self._catalogue = catalogue
        self._clock = clock

    def find(self, bucket_id: str, key: str) -> StoredObject | None:
        """Return the object, or None."""
        row = self._catalogue.row(_FIND, (bucket_id, key))
        return None if row is None else object_of_row(row)

    def versions(self) -> set[str]:
        """Return the versions of all objects."""
        with self._catalogue.reading() as connection:
            return {row["version"] for row in connection.execute("SELECT version FROM objects")}

    def put(self, uploads: Sequence[Upload]) -> list[Entered | RefusedError]:
        """Point the places of `uploads` at their versions, in one transaction and one after the other.

        An upload that is refused leaves the others alone.
        """
        with self._catalogue.writing() as connection:
            return [self._entered(connection, upload) for upload in uploads]

    def _entered(self, connection: sqlite3.Connection, upload: Upload) -> Entered | RefusedError:
        now = self._clock()
        earlier = connection.execute(_FIND, upload.place).fetchone()
        if earlier is not None and not upload.replace:
            return already_exists("KeyAlreadyExists")
        stored = StoredObject(
            *upload.place,
            object_id=str(uuid4()) if earlier is None else earlier["object_id"],
            version=upload.incoming.version,
            size=upload.incoming.size,
            etag=upload.incoming.etag,
            description=upload.description,
            owner=upload.owner,
            created_at=now if earlier is None else earlier["created_at"],
            updated_at=now,
        )
        try:
            connection.execute(
                "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row_of(stored)
            )
        except sqlite3.IntegrityError:
            return bucket_missing()
        return Entered(stored, None if earlier is None else str(earlier["version"]))

    def move(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Give the object another place; its bytes stay where they are."""
        try:
            with self._catalogue.writing() as connection:
                moved = connection.execute(
                    "UPDATE objects SET bucket_id = ?, key = ?, updated_at = ? WHERE bucket_id = ? AND key = ?",
                    (*target, self._clock(), *source),
                )
                if moved.rowcount == 0:
                    raise object_missing()
        except sqlite3.IntegrityError as error:
            foreign = error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
            raise (bucket_missing() if foreign else already_exists("ResourceAlreadyExists")) from None

    def remove(self, bucket_id: str, keys: Iterable[str]) -> list[StoredObject]:
        """Take the objects out in one transaction; return those that were there."""
        with self._catalogue.writing() as connection:
            rows = [connection.execute(_FIND, (bucket_id, key)).fetchone() for key in dict.fromkeys(keys)]
            removed = [object_of_row(row) for row in rows if row is not None]
            connection.executemany("DELETE FROM objects WHERE version = ?", [(stored.version,) for stored in removed])
        return removed

    def clear(self, bucket_id: str) -> list[str]:
        """Take every object out of the bucket; return their versions."""
        with self._catalogue.writing() as connection:
            if connection.execute("SELECT 1 FROM buckets WHERE bucket_id = ?", (bucket_id,)).fetchone() is None:
                raise bucket_missing()
            gone = connection.execute("DELETE FROM objects WHERE bucket_id = ? RETURNING version", (bucket_id,))
            return [row["version"] for row in gone.fetchall()]


def object_of_row(row: sqlite3.Row) -> StoredObject:
    """Return the object that a whole row of `objects` tells."""
    return StoredObject(
        bucket_id=row["bucket_id"],
        key=row["key"],
        object_id=row["object_id"],
        version=row["version"],
        size=row["size"],
        etag=row["etag"],
        description=Description.of_row(row),
        owner=row["owner"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _row_of(stored: StoredObject) -> tuple[str | int | float | None, ...]:
    return (
        stored.bucket_id,
        stored.key,
        stored.object_id,
        stored.version,
        stored.size,
        stored.etag,
        *stored.description.columns(),
        stored.owner,
        stored.created_at,
        stored.updated_at,
    )
