"""Chunks of a text that is read in parts: those of `chunk_text`, in memory that does not grow with the text.

A window moves over the text. It is read up to a blank line, over which no block but a fence runs; what does not end
within the window makes it longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from accessa.domain.chunking.blocks import Block, read_page
from accessa.domain.chunking.chunk import Chunk
from accessa.domain.chunking.markdown_simple import chunk_of
from accessa.domain.chunking.outline import Outline
from accessa.domain.chunking.packer import Packer

_BLANK_LINE = "\n\n"


def chunk_parts(parts: Iterator[str], page_starts: Sequence[int], *, max_chars: int = 1000) -> Iterator[Chunk]:
    """Yield the chunks of the text that the parts make together; the rest as in `chunk_text`."""
    window = _Window(parts, max_chars)
    for ordinal, passage in enumerate(window.packer.pack(window.blocks(page_starts or (0,)))):
        yield chunk_of(window.text, ordinal, passage, page_starts, offset=window.offset)


class _Window:
    """The part of the text in memory, which begins at `offset`; all other positions count from there."""

    def __init__(self, parts: Iterator[str], max_chars: int) -> None:
        self.text = ""
        self.offset = 0
        self.packer = Packer("", max_chars)
        self._parts = parts
        self._is_last = False

    def blocks(self, page_starts: Sequence[int]) -> Iterator[Block]:
        """The blocks of all pages; what the packer has finished is used before the next block is asked for."""
        outline = Outline()
        for page, (start, end) in enumerate(pairwise([*page_starts, None]), start=1):
            yield from self._page(page, int(start or 0), end, outline)

    def _page(self, page: int, start: int, end: int | None, outline: Outline) -> Iterator[Block]:
        position = start - self.offset
        while True:
            page_end, is_whole = self._readable(position, end)
            for block in read_page(self.text, position, page_end, page, outline):
                if block.kind == "fence" and block.end == page_end and not is_whole:
                    break
                yield block
                position = block.end
            if is_whole:
                return
            position = self._move(position)

    def _readable(self, position: int, end: int | None) -> tuple[int, bool]:
        """How far can be read from `position` on, and whether this is the end of the page."""
        if end is not None and end - self.offset <= len(self.text):
            return end - self.offset, True
        if self._is_last:
            return len(self.text), True
        return max(position, self.text.rfind(_BLANK_LINE, position) + 1), False

    def _move(self, position: int) -> int:
        """Leave behind what is done with, and take in as much as is left, or one part; return the new position."""
        done = min(position, self.packer.open_start(position))
        left = self.text[done:]
        new: list[str] = []
        length = 0
        while length <= len(left) and not self._is_last:
            part = next(self._parts, None)
            self._is_last = part is None
            new.append(part or "")
            length += len(new[-1])
        self.text = "".join([left, *new])
        self.offset += done
        self.packer.move(self.text, done)
        return position - done
