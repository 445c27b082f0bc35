"""Resumable uploads in the catalogue."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from accessa.apps.storage.catalogue import Catalogue
from accessa.apps.storage.records import Description


@dataclass(frozen=True, slots=True)
class ResumableUpload:
    """An upload in pieces; `told` is the client's own Upload-Metadata, times are seconds since 1970.

    All `length` bytes are `received` only when the object is there, under the version `upload_id`.
    """

    upload_id: str
    place: tuple[str, str]
    length: int
    received: int
    told: str
    description: Description
    owner: str | None
    replace: bool
    expires_at: float


class ResumableTable:
    """Adds, finds, changes and removes rows of resumable uploads; the bytes are another's concern."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, upload: ResumableUpload) -> None:
        """Keep a new upload."""
        with self._catalogue.writing() as connection:
            connection.execute(
                "INSERT INTO resumable_uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row_of(upload)
            )

    def find(self, upload_id: str) -> ResumableUpload | None:
        """Return the upload, or None."""
        with self._catalogue.reading() as connection:
            row = connection.execute("SELECT * FROM resumable_uploads WHERE upload_id = ?", (upload_id,)).fetchone()
        return None if row is None else _upload_of(row)

    def note_received(self, upload_id: str, received: int) -> None:
        """Write down how many bytes are safe."""
        with self._catalogue.writing() as connection:
            connection.execute("UPDATE resumable_uploads SET received = ? WHERE upload_id = ?", (received, upload_id))

    def remove(self, upload_id: str) -> None:
        """Forget the upload."""
        with self._catalogue.writing() as connection:
            connection.execute("DELETE FROM resumable_uploads WHERE upload_id = ?", (upload_id,))

    def remove_expired(self, now: float) -> list[str]:
        """Forget the uploads whose time is over; return their ids."""
        with self._catalogue.writing() as connection:
            gone = connection.execute("DELETE FROM resumable_uploads WHERE expires_at <= ? RETURNING upload_id", (now,))
            return [row["upload_id"] for row in gone.fetchall()]

    def unfinished(self) -> set[str]:
        """Return the ids of the uploads that still need their bytes."""
        with self._catalogue.reading() as connection:
            rows = connection.execute("SELECT upload_id FROM resumable_uploads WHERE received < length")
            return {row["upload_id"] for row in rows}


def _upload_of(row: sqlite3.Row) -> ResumableUpload:
    return ResumableUpload(
        upload_id=row["upload_id"],
        place=(row["bucket_id"], row["key"]),
        length=row["length"],
        received=row["received"],
        told=row["told"],
        description=Description.of_row(row),
        owner=row["owner"],
        replace=bool(row["replace"]),
        expires_at=row["expires_at"],
    )


def _row_of(upload: ResumableUpload) -> tuple[str | int | float | None, ...]:
    return (
        upload.upload_id,
        *upload.place,
        upload.length,
        upload.received,
        upload.told,
        *upload.description.columns(),
        upload.owner,
        int(upload.replace),
        upload.expires_at,
    )
