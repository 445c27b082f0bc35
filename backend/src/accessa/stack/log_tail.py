"""One log file and its older parts, read as events, also while it grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from accessa.stack.log_events import as_event
from accessa.stack.log_file import KEPT

Event = dict[str, object]


class LogTail:
    """One log file and its older parts; remembers how far it was read, also over a change of files."""

    def __init__(self, path: Path, service: str) -> None:
        self._path = path
        self._service = service
        self._file: BinaryIO | None = None
        self._rest = b""
        self._moment = ""

    def history(self) -> Iterator[Event]:
        """Yield what is there now, the oldest file first."""
        self._file = self._file or _opened(self._path)
        with ExitStack() as opened:
            for file in reversed(self._older(opened)):
                yield from (self._event(line) for line in file if line.strip())
        yield from self.fresh()

    def fresh(self) -> Iterator[Event]:
        """Yield what was written since the last call; an unfinished line waits for its end."""
        yield from self._read()
        if self._is_replaced():
            # Nobody writes to a file that was exchanged, but somebody may have since it was read.
            yield from self._read()
            if self._rest.strip():
                yield self._event(self._rest)
            self.close()
            yield from self._read()

    def _older(self, opened: ExitStack) -> list[BinaryIO]:
        """Open the older parts, the newest first: a file that is renamed meanwhile is met twice instead of never."""
        known = {_identity(self._file)} if self._file else set()
        files = []
        for number in range(1, KEPT + 1):
            file = _opened(self._path.with_name(f"{self._path.name}.{number}"))
            if file and _identity(opened.enter_context(file)) not in known:
                known.add(_identity(file))
                files.append(file)
        return files

    def _read(self) -> Iterator[Event]:
        self._file = self._file or _opened(self._path)
        if self._file is None:
            return
        for piece in self._file:
            line = self._rest + piece
            self._rest = b"" if line.endswith(b"\n") else line
            if not self._rest and line.strip():
                yield self._event(line)

    def _is_replaced(self) -> bool:
        try:
            return self._file is not None and self._path.stat().st_ino != _identity(self._file)
        except FileNotFoundError:
            return False

    def _event(self, line: bytes) -> Event:
        """Give a line without a time, such as one of a traceback, the time of the line before it."""
        event = as_event(line, self._service, self._moment)
        self._moment = str(event["timestamp"])
        return event

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()
        self._file, self._rest = None, b""


def _opened(path: Path) -> BinaryIO | None:
    """Open the file; None if it is not there, as in the middle of an exchange."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _identity(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino
