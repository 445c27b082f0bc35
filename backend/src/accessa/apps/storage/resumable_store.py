"""Uploads in pieces (TUS): what was received so far, kept over restarts until the object is there or time is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from accessa.apps.storage.blobs import flush_folder
from accessa.apps.storage.catalogue import Catalogue
from accessa.apps.storage.partial_blobs import PartialBlob
from accessa.apps.storage.records import Description
from accessa.apps.storage.refusals import upload_locked, upload_missing
from accessa.apps.storage.resumable_table import ResumableTable, ResumableUpload

_LIFE_SECONDS = 24 * 3600


class ResumableStore:
    """The uploads in pieces of one storage folder. Its methods block; call them from worker threads."""

    def __init__(self, root: Path, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        """Open or create the folder of parts, and drop those that nobody can go on with."""
        self._folder = root / "resumable"
        self._folder.mkdir(exist_ok=True)
        self._table = ResumableTable(catalogue)
        self._clock = clock
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._table.remove_expired(clock())
        unfinished = self._table.unfinished()
        for path in list(self._folder.iterdir()):
            if path.name not in unfinished:
                path.unlink()

    def begin(
        self,
        place: tuple[str, str],
        length: int,
        description: Description,
        *,
        told: str,
        owner: str | None,
        replace: bool,
    ) -> ResumableUpload:
        """Keep a new upload of `length` bytes to `place` (bucket, key), and forget those whose time is over."""
        for upload_id in self._table.remove_expired(self._clock()):
            self.drop_part(upload_id)
        upload = ResumableUpload(
            upload_id=uuid4().hex,
            place=place,
            length=length,
            received=0,
            told=told,
            description=description,
            owner=owner,
            replace=replace,
            expires_at=self._clock() + _LIFE_SECONDS,
        )
        self._table.add(upload)
        return upload

    def find(self, upload_id: str) -> ResumableUpload:
        """Return the upload, or refuse an unknown or expired one."""
        upload = self._table.find(upload_id)
        if upload is None or upload.expires_at <= self._clock():
            raise upload_missing()
        return upload

    @contextmanager
    def held(self, upload_id: str) -> Iterator[None]:
        """Keep everybody else away from the upload; refuse while somebody has it."""
        with self._lock:
            if upload_id in self._busy:
                raise upload_locked()
            self._busy.add(upload_id)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(upload_id)

    def open(self, upload: ResumableUpload) -> PartialBlob:
        """Open the upload's bytes for more."""
        part = PartialBlob(self._part(upload.upload_id), size=upload.received, length=upload.length)
        flush_folder(self._folder)
        return part

    def note_received(self, upload: ResumableUpload, part: PartialBlob) -> None:
        """Make the bytes of `part` durable and write down how many they are."""
        part.seal()
        self._table.note_received(upload.upload_id, part.size)

    def drop_part(self, upload_id: str) -> None:
        """Take away the first name of bytes that are an object now."""
        self._part(upload_id).unlink(missing_ok=True)

    def remove(self, upload_id: str) -> None:
        """Give the upload up."""
        self._table.remove(upload_id)
        self.drop_part(upload_id)

    def _part(self, upload_id: str) -> Path:
        return self._folder / upload_id
