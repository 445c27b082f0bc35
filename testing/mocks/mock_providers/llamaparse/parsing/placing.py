"""Finds each piece of a page's text in the blocks of its Markdown, so that what is missing can be seen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate, pairwise

from mock_providers.llamaparse.parsing.text_lines import SHORT, Piece, TextLine, letters

_TAKEN = "\0"
_LEAST_SHARE = 0.7


class Placing:
    """The letters of some blocks, each of which can be found once."""

    def __init__(self, blocks: Iterable[str]) -> None:
        parts = [letters(block) for block in blocks]
        self._starts = [0, *accumulate(map(len, parts))]
        self._left = "".join(parts)
        self._cursor = 0
        self._short = {part: number for number, part in reversed(list(enumerate(parts))) if 0 < len(part) < SHORT}

    def place(self, line: TextLine) -> list[tuple[Piece, int | None]]:
        """Return the pieces of a line with the block that holds each, or nothing where none does."""
        pieces = line.pieces()
        wanted = letters(line.text)
        # A page number is also found in many other places.
        whole = self._short.pop(wanted) if wanted in self._short else self._take(wanted)
        if whole is not None:
            return [(piece, whole) for piece in pieces]
        return [(piece, self._of_piece(piece)) for piece in pieces]

    def _of_piece(self, piece: Piece) -> int | None:
        wanted = letters(piece.text)
        found = self._take(wanted)
        if found is not None:
            return found
        return self._by_pairs(piece.text.split())

    def _take(self, wanted: str) -> int | None:
        if not wanted:
            return self._block(self._cursor)
        at = self._left.find(wanted, self._cursor)
        if at < 0:
            at = self._left.find(wanted)
        if at < 0:
            return None
        self._left = f"{self._left[:at]}{_TAKEN * len(wanted)}{self._left[at + len(wanted) :]}"
        # A letter or a number alone says too little about where the reader is.
        if len(wanted) >= SHORT:
            self._cursor = at + len(wanted)
        return self._block(at)

    def _by_pairs(self, words: list[str]) -> int | None:
        """Find a piece that was wrapped elsewhere: most of its neighbouring words are neighbours there too."""
        pairs = [pair for first, second in pairwise(words) if len(pair := letters(first + second)) >= SHORT]
        places = [at for pair in pairs if (at := self._left.find(pair)) >= 0]
        if not pairs or len(places) < _LEAST_SHARE * len(pairs):
            return None
        return self._block(sorted(places)[len(places) // 2])

    def _block(self, at: int) -> int:
        return min(max(bisect_right(self._starts, at) - 1, 0), max(len(self._starts) - 2, 0))
