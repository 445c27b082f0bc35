"""The bytes of objects on disk: written aside, flushed, then renamed to a name of their own that never changes."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import uuid4

from accessa.apps.storage.refusals import too_large


def flush_to_disk(descriptor: int) -> None:
    """Return when the file's or folder's content has reached the disk itself."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - there, fsync leaves the data in the drive's cache

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
    """Return when the names in `folder` have reached the disk: a rename is durable only then."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Incoming(Protocol):
    """Bytes that are all there and are about to become an object."""

    version: str
    size: int

    @property
    def etag(self) -> str:
        """The entity tag, quoted."""

    def seal(self) -> None:
        """Return when the bytes have reached the disk; none are added from then on."""

    def place(self, target: Path) -> None:
        """Put the bytes at `target`, whole."""


class StagedBlob:
    """Bytes on their way in, under a name that nobody reads; size and ETag are counted on the way."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.version = uuid4().hex
        self.size = 0
        self.path = folder / self.version
        self._limit_bytes = limit_bytes
        self._digest = hashlib.md5(usedforsecurity=False)
        self._file = self.path.open("xb", buffering=0)

    @property
    def etag(self) -> str:
        """The entity tag, quoted: the MD5 of the bytes, as object stores have it."""
        return f'"{self._digest.hexdigest()}"'

    def write(self, data: bytes | bytearray) -> None:
        """Append `data`; refuse what goes over the limit, before it is written."""
        if self.size + len(data) > self._limit_bytes:
            raise too_large()
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._digest.update(data)
        self.size += len(data)

    def seal(self) -> None:
        """Flush to disk and close."""
        flush_to_disk(self._file.fileno())
        self._file.close()

    def place(self, target: Path) -> None:
        """Move the bytes to `target`."""
        self.path.rename(target)

    def discard(self) -> None:
        """Drop the bytes, unless they were published meanwhile."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class SmallBlob:
    """Bytes that came whole; no row names them before they are on the disk, so they need no other name until then."""

    def __init__(self, data: bytes) -> None:
        self.version = uuid4().hex
        self.size = len(data)
        self._data = data

    @property
    def etag(self) -> str:
        """The entity tag, quoted: the MD5 of the bytes."""
        return f'"{hashlib.md5(self._data, usedforsecurity=False).hexdigest()}"'

    def seal(self) -> None:
        """Do nothing: none are added."""

    def place(self, target: Path) -> None:
        """Write the bytes to `target` and to the disk."""
        with target.open("wb", buffering=0) as file:
            rest = memoryview(self._data)
            while rest:
                rest = rest[file.write(rest) :]
            flush_to_disk(file.fileno())


class BlobFolder:
    """All bytes of one storage: `objects/<version>` for the finished, `staging/` for the rest."""

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self._staging = root / "staging"
        for folder in (self._objects, self._staging):
            folder.mkdir(parents=True, exist_ok=True)
        flush_folder(root)

    def stage(self, limit_bytes: int) -> StagedBlob:
        """Open a place for at most `limit_bytes` of incoming bytes."""
        return StagedBlob(self._staging, limit_bytes)

    def publish(self, incoming: Sequence[Incoming]) -> None:
        """Make the incoming bytes durable under their versions; what raises may have left some of them behind."""
        for one in incoming:
            one.seal()
            one.place(self._objects / one.version)
        flush_folder(self._objects)

    def open(self, version: str) -> BinaryIO:
        """Open the bytes for reading; raise FileNotFoundError when they are gone."""
        return (self._objects / version).open("rb")

    def remove(self, versions: list[str]) -> None:
        """Drop the bytes of these versions."""
        for version in versions:
            (self._objects / version).unlink(missing_ok=True)

    def sweep(self, known: set[str]) -> tuple[int, int]:
        """Drop what a crash left behind; return how many leftovers went, and how many known versions have no bytes."""
        leftovers = list(self._staging.iterdir())
        present = {path.name: path for path in self._objects.iterdir()}
        leftovers += [path for name, path in present.items() if name not in known]
        for path in leftovers:
            path.unlink()
        return len(leftovers), len(known - present.keys())
