"""The lines of a page as the reader laid them out, and the letters by which they are found again in its Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_SKIPPED = re.compile(r"[\W_]+")
_SEGMENT = re.compile(r"\S+(?: \S+)*")
_MOST_LINES = 3
# The lines of a range of pages are looked at several times.
_REMEMBERED = 10_000
ALL_BUT_LETTERS = {code: None for code in range(128) if not chr(code).isalnum()}
"""What to take out of an ASCII text to be left with its letters and digits: a table for `str.translate`."""
SHORT = 4
"""Fewer letters than this are found anywhere."""


def letters(text: str) -> str:
    """Return only letters and digits, without case: what markup, hyphens and spacing do not change."""
    if text.isascii():
        return text.translate(ALL_BUT_LETTERS).lower()
    return _SKIPPED.sub("", text).lower()


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of one line, ended by a gap of two spaces or more."""

    line: int
    column: int
    text: str

    @property
    def end(self) -> int:
        """The column after its last character."""
        return self.column + len(self.text)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line that is not blank; `number` counts blank lines too."""

    number: int
    text: str

    @property
    def words(self) -> str:
        """The line without indentation and gaps."""
        return _words(self.text)

    def pieces(self) -> Sequence[Piece]:
        """Return the runs of words of this line."""
        return _pieces(self.number, self.text)


@lru_cache(_REMEMBERED)
def _words(text: str) -> str:
    return " ".join(text.split())


@lru_cache(_REMEMBERED)
def _pieces(number: int, text: str) -> tuple[Piece, ...]:
    return tuple(Piece(number, found.start(), found[0]) for found in _SEGMENT.finditer(text))


def is_short(line: TextLine) -> bool:
    """Tell whether a line says too little to be found again, as a page number does."""
    return len(letters(line.text)) < SHORT


def text_lines(text: str) -> list[TextLine]:
    """Return the lines of a page that are not blank."""
    return [
        TextLine(number, line.expandtabs().rstrip()) for number, line in enumerate(text.splitlines()) if line.strip()
    ]


def joined_titles(lines: list[TextLine], is_title: Callable[[str], bool]) -> list[TextLine]:
    """Join the lines of a title that was wrapped, so that it is found as one."""
    joined: list[TextLine] = []
    for line in lines:
        whole = None if is_title(line.words) else _wrapped_title(joined, line, is_title)
        joined.append(whole or line)
    return joined


def _wrapped_title(before: list[TextLine], line: TextLine, is_title: Callable[[str], bool]) -> TextLine | None:
    """Take the lines from `before` that are a title together with `line`, and return it."""
    for count in range(1, min(_MOST_LINES, len(before) + 1)):
        words = " ".join([*(part.words for part in before[-count:]), line.words])
        if is_title(words):
            first = before[-count]
            del before[-count:]
            return TextLine(first.number, " " * first.pieces()[0].column + words)
    return None
