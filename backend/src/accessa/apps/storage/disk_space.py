"""A full disk: how it is recognised, and the small reserve that lets removals go on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from accessa.domain.errors import is_disk_full

_FULL_OF_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_RESERVE_BYTES = 1024 * 1024
_LEAST_FREE_BYTES = 10 * _RESERVE_BYTES


def is_full(error: BaseException) -> bool:
    """Return whether the error says that the disk, or the user's share of it, is full."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in _FULL_OF_SQLITE
    return is_disk_full(error)


def room_left(folder: Path) -> str:
    """Return why nothing more can be stored in a folder, or nothing when it can."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return "The folder of the storage cannot be written."
    if shutil.disk_usage(folder).free < _LEAST_FREE_BYTES:
        return "The disk of the storage is full."
    return ""


class DiskReserve:
    """A file that holds a megabyte back: to remove an object the catalogue must write, even when nothing is left."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self) -> None:
        """Hold the space back again, as far as the disk has it."""
        if self._path.exists():
            return
        try:
            self._path.write_bytes(bytes(_RESERVE_BYTES))
        except OSError as error:
            self.release()
            if not is_full(error):
                raise

    def release(self) -> None:
        """Give the space free."""
        self._path.unlink(missing_ok=True)
