"""Buckets in the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import orjson

from accessa.apps.storage.catalogue import Catalogue
from accessa.apps.storage.records import Bucket, BucketOptions
from accessa.apps.storage.refusals import already_exists, bucket_missing, bucket_not_empty


class BucketTable:
    """Creates, finds, changes and deletes buckets."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        self._catalogue = catalogue
        self._clock = clock

    def create(self, bucket_id: str, owner: str, options: BucketOptions) -> None:
        """Add a bucket; refuse a name that is taken."""
        now = self._clock()
        with self._catalogue.writing() as connection:
            added = connection.execute(
                "INSERT INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (bucket_id, owner, *_options_row(options), now, now),
            )
            if added.rowcount == 0:
                raise already_exists("BucketAlreadyExists")

    def get(self, bucket_id: str) -> Bucket:
        """Return the bucket or refuse."""
        row = self._catalogue.row("SELECT * FROM buckets WHERE bucket_id = ?", (bucket_id,))
        if row is None:
            raise bucket_missing()
        return _bucket(row)

    def all(self) -> list[Bucket]:
        """Return every bucket by name."""
        with self._catalogue.reading() as connection:
            return [_bucket(row) for row in connection.execute("SELECT * FROM buckets ORDER BY bucket_id")]

    def update(self, bucket_id: str, options: BucketOptions) -> None:
        """Set the bucket's options."""
        with self._catalogue.writing() as connection:
            changed = connection.execute(
                "UPDATE buckets SET public = ?, file_size_limit = ?, allowed_mime_types = ?, updated_at = ?"
                " WHERE bucket_id = ?",
                (*_options_row(options), self._clock(), bucket_id),
            )
            if changed.rowcount == 0:
                raise bucket_missing()

    def delete(self, bucket_id: str) -> None:
        """Drop an empty bucket."""
        try:
            with self._catalogue.writing() as connection:
                gone = connection.execute("DELETE FROM buckets WHERE bucket_id = ?", (bucket_id,))
                if gone.rowcount == 0:
                    raise bucket_missing()
        except sqlite3.IntegrityError:
            raise bucket_not_empty() from None


def _options_row(options: BucketOptions) -> tuple[int, int | None, str | None]:
    allowed = options.allowed_mime_types
    return int(options.public), options.file_size_limit, None if allowed is None else orjson.dumps(allowed).decode()


def _bucket(row: sqlite3.Row) -> Bucket:
    allowed = row["allowed_mime_types"]
    options = BucketOptions(
        public=bool(row["public"]),
        file_size_limit=row["file_size_limit"],
        allowed_mime_types=None if allowed is None else tuple(orjson.loads(allowed)),
    )
    return Bucket(row["bucket_id"], row["owner"], options, row["created_at"], row["updated_at"])
