"""A full disk: how it is recognised, and the small reserve that lets removals go on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from accessa.domain.errors import is_disk_full

_FULL_OF_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_RESERVE_BYTES = 1024 * 1024


def is_full(error: BaseException) -> bool:
    """Return whether the error says that the disk, or the user's share of it, is full."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in _FULL_OF_SQLITE
    return is_disk_full(error)


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
