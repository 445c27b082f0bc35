"""One service's log: the lines of its pipe as JSON, in a file that is exchanged when it grows too large."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import orjson

from accessa.stack.log_events import as_event, words_of

MOST_BYTES = 20_000_000
KEPT = 2
_LONGEST_LINE = 1_000_000
_PORTION = 65_536


class LogFile:
    """Appends events to `path`; past `most_bytes` the file is renamed to `.1`, and `.1` to `.2`."""

    def __init__(self, path: Path, service: str, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._service = service
        self._most_bytes = most_bytes
        self.last_words = ""
        self._last_level = "info"

    def add(self, lines: list[bytes]) -> None:
        """Append `lines` as events and remember the last words, those of an error before all others."""
        events = [as_event(line, self._service) for line in lines if line.strip()]
        if not events:
            return
        for event in events:
            self._remember(event)
        with contextlib.suppress(OSError):  # a full disk must not stop the service whose pipe is read here
            self._append(b"".join(orjson.dumps(event, default=str) + b"\n" for event in events))

    def _append(self, content: bytes) -> None:
        rotate(self._path, self._most_bytes)
        with self._path.open("ab") as file:
            file.write(content)

    def forget(self) -> None:
        """Begin a new life of the service: the words of the old one explain nothing any more."""
        self.last_words, self._last_level = "", "info"

    def _remember(self, event: dict[str, object]) -> None:
        level, words = str(event["level"]), words_of(event)
        if words and (level in {"error", "critical"} or self._last_level == "info"):
            self.last_words = words
            self._last_level = "error" if level in {"error", "critical"} else "info"


def rotate(path: Path, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> None:
    """Rename `path` to `path`.1 and so on if it is larger than `most_bytes`; keep `kept` old files."""
    if not path.exists() or path.stat().st_size <= most_bytes:
        return
    for number in range(kept, 0, -1):
        older = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))


async def copy_lines(pipe: asyncio.StreamReader, log: LogFile) -> None:
    """Copy the lines of `pipe` to `log` until it closes; a line longer than 1 MB is broken up."""
    rest = b""
    while portion := await pipe.read(_PORTION):
        *lines, rest = (rest + portion).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        log.add(lines)
    log.add([rest])
