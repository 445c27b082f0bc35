"""Bytes of an upload that comes in pieces; they outlive the process between two of them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from accessa.apps.storage.blobs import flush_to_disk
from accessa.apps.storage.refusals import too_large

_BLOCK_BYTES = 1024 * 1024


class PartialBlob:
    """The first `size` of at most `length` bytes, open for more."""

    def __init__(self, path: Path, *, size: int, length: int) -> None:
        """Open or create the file; what lies behind `size` was never confirmed to anybody, and is cut off."""
        self.version = path.name
        self.size = size
        self._length = length
        self._path = path
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        self._file.truncate(size)
        self._file.seek(size)

    @property
    def etag(self) -> str:
        """The entity tag, quoted: the MD5 of the bytes, read from the disk."""
        digest = hashlib.md5(usedforsecurity=False)
        with self._path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        return f'"{digest.hexdigest()}"'

    def write(self, data: bytes | bytearray) -> None:
        """Append `data`; refuse what goes over the length that was told, before it is written."""
        if self.size + len(data) > self._length:
            raise too_large()
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.size += len(data)

    def seal(self) -> None:
        """Return when the bytes have reached the disk."""
        flush_to_disk(self._file.fileno())

    def place(self, target: Path) -> None:
        """Give the bytes a second name: a crash before they are an object then takes only that one."""
        target.unlink(missing_ok=True)
        os.link(self._path, target)

    def close(self) -> None:
        """Close the file; the bytes stay."""
        self._file.close()
