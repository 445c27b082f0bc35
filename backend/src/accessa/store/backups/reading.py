"""The form of a backup: compressed SQL between a first line of facts and a last line that says that it is whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from accessa.domain.errors import UsageError

FORMAT = 1
START = b"-- accessa backup "
END = b"-- accessa backup is complete\n"
BLOCK_BYTES = 1024 * 1024
_LONGEST_START = 10_000
_BROKEN = (gzip.BadGzipFile, EOFError, zlib.error)


class BackupFacts(BaseModel):
    """What a backup says of itself: its schema, who made it and when, and how many documents are in it."""

    model_config = ConfigDict(frozen=True)

    format: int
    revision: str
    accessa: str
    postgres: int
    made_at: datetime
    documents: int

    def first_line(self) -> bytes:
        """Return the line with which the backup begins; for Postgres it is a comment."""
        return START + self.model_dump_json().encode() + b"\n"


def read_facts(file: BinaryIO) -> BackupFacts:
    """Return what the backup in `file` says of itself; raise `UsageError` BACKUP_UNUSABLE when it is none."""
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as script:
            line = script.readline(_LONGEST_START)
    except (EOFError, zlib.error):
        raise _damaged() from None
    except OSError:  # also what gzip says of a file that is none of its own
        line = b""
    finally:
        file.seek(0)
    if not line.startswith(START):
        raise UsageError("BACKUP_UNUSABLE", "The file is no backup of Accessa; name one that `accessa db backup` made.")
    try:
        return BackupFacts.model_validate_json(line.removeprefix(START))
    except ValidationError:
        raise UsageError("BACKUP_UNUSABLE", "The first line of the backup is damaged; use another one.") from None


def check_backup(file: BinaryIO) -> BackupFacts:
    """Read the whole backup; raise `UsageError` BACKUP_UNUSABLE unless all of it is there, byte for byte."""
    facts = read_facts(file)
    last = b""
    try:
        for block in blocks(file):
            last = (last + block)[-len(END) :]
    except _BROKEN:
        last = b""
    if last != END:
        raise _damaged()
    return facts


def _damaged() -> UsageError:
    return UsageError("BACKUP_UNUSABLE", "The backup is cut off or damaged; nothing was changed, so use another one.")


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the script, and be at the beginning of the file again."""
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as script:
            while block := script.read(BLOCK_BYTES):
                yield block
    finally:
        file.seek(0)
