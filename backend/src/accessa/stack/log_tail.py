"""One log file and its older parts, read as events, also while it grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
        for number in range(KEPT, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                with older.open("rb") as file:
                    yield from (self._event(line) for line in file if line.strip())
        yield from self.fresh()

    def fresh(self) -> Iterator[Event]:
        """Yield what was written since the last call; an unfinished line waits for its end."""
        yield from self._read()
        if self._is_replaced():
            self.close()
            yield from self._read()

    def _read(self) -> Iterator[Event]:
        if self._file is None and self._path.exists():
            self._file = self._path.open("rb")
        if self._file is None:
            return
        for piece in self._file:
            line = self._rest + piece
            self._rest = b"" if line.endswith(b"\n") else line
            if not self._rest and line.strip():
                yield self._event(line)

    def _is_replaced(self) -> bool:
        if self._file is None or not self._path.exists():
            return False
        return self._path.stat().st_ino != os.fstat(self._file.fileno()).st_ino

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
