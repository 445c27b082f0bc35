"""Packing: blocks in, passages out. The rule is told at `chunk_text`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accessa.domain.chunking.blocks import Block
from accessa.domain.chunking.cuts import find_cut

_KEPT_WHOLE = ("fence", "table")
_NOT_WHITE = re.compile(r"\S")


@dataclass(slots=True)
class Passage:
    """A growing part of the text, with the headings and the level of the first block in it that is not a heading."""

    start: int
    end: int
    page: int
    page_end: int
    level: int
    headings: tuple[str, ...]
    opens_section: bool


class Packer:
    """Holds the open passage in two parts: the body, and the headings after it that still wait for their text."""

    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._light = limit // 5
        self._most_headings = limit // 2
        self._body: Passage | None = None
        self._waiting: Passage | None = None
        self._at_section_start = True
        self._finished: list[Passage] = []

    def pack(self, blocks: Iterable[Block]) -> Iterator[Passage]:
        """The finished passages, in order, each at most `limit` characters long."""
        for block in blocks:
            self._take(block)
            if self._finished:
                yield from self._finished
                self._finished.clear()
        self._close()
        yield from self._finished
        self._finished.clear()

    def move(self, text: str, shift: int) -> None:
        """Go on in another part of the text, in which everything stands `shift` characters further to the front."""
        self._text = text
        for opened in (self._body, self._waiting):
            if opened:
                opened.start -= shift
                opened.end -= shift

    def _take(self, block: Block) -> None:
        opened = self._body or self._waiting
        if block.kind == "heading":
            self._take_heading(block)
        elif block.end - (opened.start if opened else block.start) <= self._limit:
            self._add(block, block.start, block.end)
        else:
            self._take_long(block)

    def _take_heading(self, heading: Block) -> None:
        if self._body and not self._may_share(self._body, heading):
            self._close_body()
        self._at_section_start = True
        if heading.end - heading.start > self._most_headings:
            self._take_long(heading)
            return
        if self._waiting and heading.end - self._waiting.start > self._most_headings:
            self._close()
            self._at_section_start = True
        self._wait(heading)

    def _may_share(self, body: Passage, heading: Block) -> bool:
        is_small_section = body.opens_section and body.end - body.start < self._light
        return is_small_section and heading.level >= body.level and heading.end - body.start <= self._limit

    def _take_long(self, block: Block) -> None:
        """Take a block that does not fit into what is open: close what may be closed, else cut the block."""
        start = block.start
        while block.end - self.open_start(start) > self._limit:
            if self._body and not self._wants_part_of(self._body, block, start):
                self._close_body()
            elif start - self.open_start(start) > self._limit * 3 // 4:
                self._close()
            else:
                cut = find_cut(self._text, start, self._stop(start, block.end), at_lines=block.kind in _KEPT_WHOLE)
                self._add(block, start, cut)
                self._close_body()
                start = self._after_white(cut, block.end)
        if start < block.end:
            self._add(block, start, block.end)

    def _wants_part_of(self, body: Passage, block: Block, start: int) -> bool:
        """Whether a body is too light to stand alone, and the block may be cut for its sake."""
        may_be_cut = block.kind not in _KEPT_WHOLE or block.end - start > self._limit
        return may_be_cut and not self._waiting and body.end - body.start < self._light

    def _stop(self, start: int, block_end: int) -> int:
        """The last place for a cut: the open passage is full, or a rest worth a passage of its own is left over."""
        return max(start + 1, min(self.open_start(start) + self._limit, block_end - self._light))

    def open_start(self, start: int) -> int:
        """Where the open passage begins, or `start` while there is none."""
        opened = self._body or self._waiting
        return opened.start if opened else start

    def _after_white(self, position: int, end: int) -> int:
        found = _NOT_WHITE.search(self._text, position, end)
        return found.start() if found else end

    def _add(self, block: Block, start: int, end: int) -> None:
        if not self._body:
            self._body = self._waiting or self._begun(block, start)
            self._body.level, self._body.headings = block.level, block.headings
        self._body.end, self._body.page_end = end, block.page
        self._waiting = None

    def _wait(self, heading: Block) -> None:
        self._waiting = self._waiting or self._begun(heading, heading.start)
        self._waiting.end, self._waiting.page_end = heading.end, heading.page
        self._waiting.level, self._waiting.headings = heading.level, heading.headings

    def _close_body(self) -> None:
        waiting, self._waiting = self._waiting, None
        self._close()
        self._waiting = waiting

    def _close(self) -> None:
        if self._body and self._waiting:
            self._body.end, self._body.page_end = self._waiting.end, self._waiting.page_end
        passage = self._body or self._waiting
        if passage:
            self._finished.append(passage)
            self._at_section_start = False
        self._body = self._waiting = None

    def _begun(self, block: Block, start: int) -> Passage:
        return Passage(start, start, block.page, block.page, block.level, block.headings, self._at_section_start)
