"""Finding lines in a large log without reading all of it: from its end, from a moment on, or by the bytes they hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

_BLOCK = 1024 * 1024
_BLOCK_AT_END = 64 * 1024
_TIMESTAMP = re.compile(rb'"timestamp": ?"([^"]+)"')
# Lines of one file are written in order of time, but for what waited in a pipe or in another thread.
_NEAR = 256 * 1024


def whole_lines_end(file: BinaryIO) -> int:
    """Return the offset behind the last line that is finished."""
    end = os.fstat(file.fileno()).st_size
    while end > 0:
        start = max(0, end - _BLOCK_AT_END)
        found = _read(file, start, end).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def last_lines(file: BinaryIO, end: int, most: int) -> list[bytes]:
    """Return up to `most` lines before the offset `end`, oldest first, without reading what lies before them."""
    pieces: list[bytes] = []
    start, breaks, size = end, 0, _BLOCK_AT_END
    # One more break than lines shows that the first of them is whole.
    while start > 0 and breaks <= most:
        piece = _read(file, max(0, start - size), start)
        start = max(0, start - size)
        breaks += piece.count(b"\n")
        pieces.append(piece)
        size = min(size * 2, _BLOCK)
    lines = b"".join(reversed(pieces)).split(b"\n")
    return [line for line in (lines if start == 0 else lines[1:]) if line.strip()][-most:]


def offset_of(file: BinaryIO, end: int, moment: str) -> int:
    """Return an offset at the start of a line before which every line is older than `moment` (ISO, UTC)."""
    wanted = moment.encode()
    low, high = 0, end
    while high - low > _NEAR:
        middle = (low + high) // 2
        told = _TIMESTAMP.search(_read(file, middle, min(middle + _NEAR, end)))
        if told is not None and told[1] < wanted:
            low = middle
        else:
            high = middle
    start = max(0, low - _NEAR)
    return start + _read(file, start, low + 1).rfind(b"\n") + 1 if start else 0


def lines_between(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines between two offsets."""
    for block, limit in _blocks(file, start, end):
        yield from (line for line in block[:limit].split(b"\n") if line.strip())


def lines_with(file: BinaryIO, start: int, end: int, needles: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines between two offsets that hold one of `needles`; the others cost no more than a look."""
    for block, limit in _blocks(file, start, end):
        yield from _hits(block, limit, needles)


def _hits(block: bytes, limit: int, needles: Sequence[bytes]) -> Iterator[bytes]:
    places = {needle: place for needle in needles if (place := block.find(needle, 0, limit)) >= 0}
    while places:
        place = min(places.values())
        line_start = block.rfind(b"\n", 0, place) + 1
        line_end = block.find(b"\n", place, limit)
        line_end = limit if line_end < 0 else line_end
        yield block[line_start:line_end]
        # Only a needle whose place was in this line is looked for anew.
        behind = {needle: block.find(needle, line_end, limit) if at < line_end else at for needle, at in places.items()}
        places = {needle: at for needle, at in behind.items() if at >= 0}


def _blocks(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield the bytes between two offsets in blocks, each with the length of its whole lines."""
    size = _BLOCK
    while start < end and (block := _read(file, start, min(start + size, end))):
        is_last = start + len(block) >= end
        limit = len(block) if is_last else block.rfind(b"\n") + 1
        if limit:
            yield block, limit
            start, size = start + limit, _BLOCK
        else:
            size *= 2  # for the sake of one line that is longer than a block


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    return os.pread(file.fileno(), end - start, start)
