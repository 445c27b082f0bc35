"""Content on its way through: its SHA-256, its length and its type, whoever sends it, in little memory."""

from __future__ import annotations

import hashlib

from accessa.domain.errors import file_too_large
from accessa.domain.file_types import SAMPLE_BYTES, FileType, sniff


class MeasuredContent:
    """Counts the blocks of one file, and keeps its first and last bytes, which tell what it is."""

    def __init__(self, most_bytes: int) -> None:
        """Begin with nothing; more than `most_bytes` are refused."""
        self.size = 0
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        self._head = bytearray()
        self._tail = b""

    def add(self, block: bytes) -> None:
        """Count the next block; raise `UsageError` FILE_TOO_LARGE when it is one too many."""
        self.size += len(block)
        if self.size > self._most_bytes:
            raise file_too_large(self._most_bytes)
        self._digest.update(block)
        self._head += block[: SAMPLE_BYTES - len(self._head)]
        self._tail = (self._tail + block[-SAMPLE_BYTES:])[-SAMPLE_BYTES:]

    @property
    def sha256(self) -> str:
        """The SHA-256 of all bytes, as hex."""
        return self._digest.hexdigest()

    def kind(self, filename: str) -> FileType | None:
        """Return what the bytes are, or None when that is not accepted."""
        return sniff(bytes(self._head), filename, self._tail)
