"""PDFs with what makes parsing work: headings, prose, two columns, and ruled tables."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from accessa.drill.pdf_file import escaped, pdf_of_streams

Words = Callable[[int], str]

_LEFT, _RIGHT, _TOP, _LEADING = 56, 310, 780, 16
_LINES = 44
_WIDE, _NARROW = 84, 40
_ROWS, _ROW_HEIGHT, _COLUMN_WIDTH = 12, 22, 120
_COLUMNS = 4


def pdf_of_pages(words: Words, pages: int) -> bytes:
    """Return a PDF of so many A4 pages, one kind of page after the other; `words(n)` gives n words."""
    kinds = (_prose, _columns, _table)
    return pdf_of_streams([kinds[page % len(kinds)](words) for page in range(pages)])


def _prose(words: Words) -> bytes:
    return _text(_LEFT, _TOP, [words(4), "", *_lines(words, _WIDE, _LINES - 2)])


def _columns(words: Words) -> bytes:
    columns = (_text(x, _TOP - 2 * _LEADING, _lines(words, _NARROW, _LINES - 2)) for x in (_LEFT, _RIGHT))
    return b"\n".join((_text(_LEFT, _TOP, [words(4)]), *columns))


def _table(words: Words) -> bytes:
    """Return a page with a ruled table between a heading and a paragraph."""
    top = _TOP - 2 * _LEADING
    bottom = top - _ROWS * _ROW_HEIGHT
    right = _LEFT + _COLUMNS * _COLUMN_WIDTH
    rules = [f"{_LEFT} {top - row * _ROW_HEIGHT} m {right} {top - row * _ROW_HEIGHT} l S" for row in range(_ROWS + 1)]
    rules += [
        f"{_LEFT + place * _COLUMN_WIDTH} {top} m {_LEFT + place * _COLUMN_WIDTH} {bottom} l S"
        for place in range(_COLUMNS + 1)
    ]
    cells = [
        _text(_LEFT + 6 + place * _COLUMN_WIDTH, top - 15 - row * _ROW_HEIGHT, [words(2)[:18]])
        for row in range(_ROWS)
        for place in range(_COLUMNS)
    ]
    prose = _text(_LEFT, bottom - 2 * _LEADING, _lines(words, _WIDE, 20))
    return b"\n".join((_text(_LEFT, _TOP, [words(4)]), "\n".join(rules).encode(), *cells, prose))


def _lines(words: Words, width: int, count: int) -> list[str]:
    """Return `count` lines: paragraphs of fifty words with a blank line between."""
    lines: list[str] = []
    while len(lines) < count:
        lines += [*textwrap.wrap(f"{words(50).capitalize()}.", width), ""]
    return lines[:count]


def _text(left: int, top: int, lines: list[str]) -> bytes:
    shown = b"".join(b"(%b) Tj T*\n" % escaped(line) for line in lines)
    return b"BT /F1 11 Tf %d TL %d %d Td\n%bET" % (_LEADING, left, top, shown)
