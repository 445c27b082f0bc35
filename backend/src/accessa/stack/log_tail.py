"""One log file and its older parts, read as events, also while it grows."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from accessa.stack.log_events import as_event, words_of
from accessa.stack.log_file import KEPT
from accessa.stack.log_search import last_lines, lines_between, lines_with, offset_of, whole_lines_end
from accessa.stack.log_source import Event
from accessa.stack.log_wish import LogWish

# It writes its file itself, so a crash of it leaves lines without a time, which take that of the line before.
_SPEAKS_FREELY = "supervisor"


_SUFFIX = ".jsonl"


class LogFolder:
    """The logs that the supervisor keeps, one file a service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the services that have a file."""
        return sorted(path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))

    def open(self, name: str) -> LogTail:
        """Return the log of one service."""
        return LogTail(self._folder / f"{name}{_SUFFIX}", name)


class LogTail:
    """One log file and its older parts; remembers how far it was read, also over a change of files."""

    def __init__(self, path: Path, service: str) -> None:
        self._path = path
        self._service = service
        self._file: BinaryIO | None = None
        self._position = 0
        self._rest = b""
        self._moment = ""

    def history(self, wish: LogWish | None = None, last: int | None = None) -> Iterator[Event]:
        """Yield what is there now, the oldest file first, maybe with more than is wanted.

        With `last`, only so many lines before the end; a `wish` narrows what is read at all.
        """
        self._file = self._file or _opened(self._path)
        with ExitStack() as opened:
            parts = [(file, _size(file)) for file in reversed(self._older(opened))]
            if self._file is not None:
                self._position = whole_lines_end(self._file)
                parts.append((self._file, self._position))
            is_free = self._service == _SPEAKS_FREELY
            lines = self._chosen(parts, wish or LogWish()) if last is None or is_free else _last(parts, last)
            for line in lines:
                yield self._event(line)
                if wish is not None and wish.is_over(self._moment):
                    return
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

    def _chosen(self, parts: Iterable[tuple[BinaryIO, int]], wish: LogWish) -> Iterator[bytes]:
        is_free = self._service == _SPEAKS_FREELY
        needles = [] if is_free and not wish.names_somebody else wish.needles()
        for file, end in parts:
            start = 0 if wish.since is None or is_free else offset_of(file, end, wish.since)
            yield from lines_with(file, start, end, needles) if needles else lines_between(file, start, end)

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
        self._file.seek(self._position)
        for piece in self._file:
            self._position += len(piece)
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
        self._file, self._rest, self._position = None, b"", 0


def _last(parts: list[tuple[BinaryIO, int]], most: int) -> Iterable[bytes]:
    lines: list[bytes] = []
    for file, end in reversed(parts):
        lines = [*last_lines(file, end, most - len(lines)), *lines]
        if len(lines) >= most:
            break
    return lines


def _opened(path: Path) -> BinaryIO | None:
    """Open the file; None if it is not there, as in the middle of an exchange."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _identity(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def last_words(path: Path) -> str:
    """Return the text of the last event in the log at `path`; empty if there is none."""
    tail = LogTail(path, path.stem)
    events = deque(tail.history(), maxlen=1)
    tail.close()
    return words_of(events[0]) if events else ""
