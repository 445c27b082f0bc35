"""Ports that a stack has chosen: each is locked for every other stack of this machine.

A service may listen long after its port was chosen, and does not while it is started again. Until the stack ends, its
ports must look taken to the others all the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from accessa.stack.ports import is_free

_EVERYBODY_READS = 0o644


class PortLocks:
    """The locks of one stack. A process that inherits `descriptors` holds them too; the system frees them with it.

    Where the temporary folder holds no locks, or is not the same for all, ports are chosen as if every stack were a
    foreign program: one that is lost shows in the health of its service.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir())
        self._held: list[int] = []

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The open files that hold the locks."""
        return tuple(self._held)

    def take(self, port: int) -> bool:
        """Lock `port`; return False if another stack has it, or a server could not listen on it now."""
        try:
            lock = _open(self._folder / f"accessa-port-{port}.lock")
        except OSError:
            return is_free(port)
        if _is_locked_by_us(lock) and is_free(port):
            self._held.append(lock)
            return True
        os.close(lock)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for lock in self._held:
            os.close(lock)
        self._held.clear()


def _open(path: Path) -> int:
    """Open the file, which may belong to another user; Linux refuses to open such a one in a way that could create it.

    It is never removed: whoever had just opened it would hold a lock that nobody else sees.
    """
    with contextlib.suppress(FileExistsError):
        lock = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, _EVERYBODY_READS)
        os.fchmod(lock, _EVERYBODY_READS)
        return lock
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)


def _is_locked_by_us(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
