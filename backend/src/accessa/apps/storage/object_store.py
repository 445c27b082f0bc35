"""Objects as a whole: the row in the catalogue and the bytes on disk, kept in step.

The order is the safety. Bytes are published before their row is written, and a row goes before its bytes do; so a crash
leaves at worst bytes that no row names, and those are swept at the next start.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from filelock import FileLock, Timeout

from accessa.apps.storage.blobs import BlobFolder, StagedBlob, flush_folder
from accessa.apps.storage.bucket_table import BucketTable
from accessa.apps.storage.catalogue import Catalogue
from accessa.apps.storage.disk_space import DiskReserve, is_full
from accessa.apps.storage.listing import Listing
from accessa.apps.storage.object_table import Entered, ObjectTable, Upload
from accessa.apps.storage.partial_blobs import PartialBlob
from accessa.apps.storage.records import Bucket, StoredObject
from accessa.apps.storage.refusals import RefusedError, already_exists, object_missing
from accessa.apps.storage.resumable_store import ResumableStore
from accessa.apps.storage.resumable_table import ResumableUpload
from accessa.domain.errors import UsageError
from accessa.failpoints import failpoint
from accessa.telemetry.logs import get_logger

_LOCK_WAIT_SECONDS = 5.0
_COPY_BYTES = 1024 * 1024

Removed = TypeVar("Removed")

_log = get_logger(__name__)


class ObjectStore:
    """All that one storage folder holds. Methods block unless they say otherwise: call them from worker threads."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.time) -> None:
        """Open or create the folder `root`, and clean up after a crash.

        Raises `UsageError` STACK_FAILED while another process serves the same folder.
        """
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self._lock = _locked(root)
        self._reserve = DiskReserve(root / "reserve")
        self._catalogue = Catalogue(root / "catalogue.sqlite3")
        self._blobs = BlobFolder(root)
        self.buckets = BucketTable(self._catalogue, clock)
        self.listing = Listing(self._catalogue)
        self._objects = ObjectTable(self._catalogue, clock)
        self.resumable = ResumableStore(root, self._catalogue, clock)
        flush_folder(root)
        self._sweep()
        self._reserve.fill()

    def close(self) -> None:
        """Close the catalogue and let another process have the folder."""
        self._catalogue.close()
        self._lock.release()

    def check(self) -> None:
        """Return when the catalogue answers."""
        with self._catalogue.reading() as connection:
            connection.execute("SELECT count(*) FROM buckets").fetchone()

    def find(self, bucket_id: str, key: str) -> StoredObject:
        """Return the object or refuse; quick enough for the event loop."""
        stored = self._objects.find(bucket_id, key)
        if stored is None:
            raise object_missing()
        return stored

    def open(self, bucket_id: str, key: str) -> tuple[StoredObject, BinaryIO]:
        """Return the object with its bytes opened, readable even when it is replaced or removed; quick enough, too."""
        for _attempt in range(3):
            stored = self.find(bucket_id, key)
            try:
                return stored, self._blobs.open(stored.version)
            except FileNotFoundError:
                # Replaced between the two steps, or lost for good: the next look tells.
                continue
        raise object_missing()

    def refuse_taken(self, bucket_id: str, key: str) -> None:
        """Refuse a key that is taken, before its bytes travel; quick enough for the event loop."""
        if self._objects.find(bucket_id, key) is not None:
            raise already_exists("KeyAlreadyExists")

    def stage(self, bucket: Bucket, limit_bytes: int) -> StagedBlob:
        """Open a place for incoming bytes, within the bucket's limit and `limit_bytes`."""
        return self._blobs.stage(min(bucket.options.file_size_limit or limit_bytes, limit_bytes))

    def put(self, upload: Upload) -> StoredObject:
        """Store one object: durable when this returns, absent when it raises."""
        [outcome] = self._enter([upload])
        if isinstance(outcome, RefusedError):
            raise outcome
        return outcome

    def put_together(self, uploads: Sequence[Upload]) -> list[StoredObject | Exception]:
        """Store several objects with shared trips to the disk; return each, durable, or why it is absent."""
        try:
            return [*self._enter(uploads)]
        except (OSError, sqlite3.Error) as error:
            if len(uploads) == 1:
                return [error]
        # What failed for all may hold for one alone, such as the one that is too large for the disk.
        return [outcome for upload in uploads for outcome in self.put_together([upload])]

    def _enter(self, uploads: Sequence[Upload]) -> list[StoredObject | RefusedError]:
        versions = [upload.incoming.version for upload in uploads]
        try:
            self._blobs.publish([upload.incoming for upload in uploads])
        except OSError:
            self._blobs.remove(versions)
            raise
        failpoint("storage.after_blob_before_row")
        try:
            entered = self._objects.put(uploads)
        except sqlite3.OperationalError as error:
            # After a failed flush the row may still be found by the next start, so only a sure refusal drops the bytes.
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                self._blobs.remove(versions)
            raise
        refused = [version for version, one in zip(versions, entered, strict=True) if isinstance(one, RefusedError)]
        self._blobs.remove(refused + [one.replaced for one in entered if isinstance(one, Entered) and one.replaced])
        failpoint("storage.after_row_before_response")
        return [one.stored if isinstance(one, Entered) else one for one in entered]

    def keep(self, upload: ResumableUpload, part: PartialBlob) -> int:
        """Keep what a resumable upload has received, as an object once all is there; return how many bytes they are.

        That all is there is written down with the object, so a crash before that costs the last piece at most.
        """
        if part.size < upload.length:
            self.resumable.note_received(upload, part)
        else:
            self.put(Upload(upload.place, part, upload.description, upload.owner, upload.replace))
            self.resumable.drop_part(upload.upload_id)
        return part.size

    def move(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Give the object another place."""
        self._objects.move(source, target)

    def copy(
        self, source: tuple[str, str], target: tuple[str, str], *, owner: str | None, replace: bool
    ) -> StoredObject:
        """Store the object's bytes a second time at `target`."""
        bucket = self.buckets.get(target[0])
        stored, file = self.open(*source)
        with file:
            staged = self.stage(bucket, max(stored.size, 1))
            try:
                while data := file.read(_COPY_BYTES):
                    staged.write(data)
                return self.put(Upload(target, staged, stored.description, owner, replace))
            finally:
                staged.discard()

    def remove(self, bucket_id: str, keys: Iterable[str]) -> list[StoredObject]:
        """Remove the objects that are there; return them."""
        wanted = list(keys)
        removed = self._despite_full_disk(lambda: self._objects.remove(bucket_id, wanted))
        failpoint("storage.after_removal_before_blobs")
        self._drop([stored.version for stored in removed])
        return removed

    def clear(self, bucket_id: str) -> None:
        """Remove every object of the bucket."""
        self._drop(self._despite_full_disk(lambda: self._objects.clear(bucket_id)))

    def _despite_full_disk(self, removal: Callable[[], Removed]) -> Removed:
        try:
            return removal()
        except sqlite3.OperationalError as error:
            if not is_full(error):
                raise
        self._reserve.release()
        return removal()

    def _drop(self, versions: list[str]) -> None:
        self._blobs.remove(versions)
        self._reserve.fill()

    def _sweep(self) -> None:
        leftovers, lost = self._blobs.sweep(self._objects.versions())
        if leftovers:
            _log.info("Leftovers of an interrupted run were removed", count=leftovers)
        if lost:
            _log.error("Objects have lost their bytes; upload them again", count=lost)


def _locked(root: Path) -> FileLock:
    lock = FileLock(root / "storage.lock", timeout=_LOCK_WAIT_SECONDS, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(
            "STACK_FAILED", "Another storage server serves this folder; stop it or name another folder."
        ) from None
    return lock
