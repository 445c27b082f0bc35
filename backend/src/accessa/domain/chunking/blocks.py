"""Blocks: the smallest parts that a chunk tries to keep whole, read one by one from a Markdown text.

A block is a heading (ATX, or setext of one line), a fenced code block, a table, a list item or a paragraph. Every
character that is not white belongs to exactly one block. No block crosses a page border: an open fence ends there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from accessa.domain.chunking.outline import Outline

_ITEM = r"(?:[-*+]|[0-9]{1,9}[.)])[ \t]"
_STARTS_BLOCK = rf"(?:[^\S\n]*+(?:\n|\Z|`{{3}}|~{{3}}|\||{_ITEM})|[ ]{{0,3}}\#{{1,6}}(?:[ \t\n]|\Z))"
_BLOCK = re.compile(
    rf"""(?:[^\S\n]*+\n)*+ [^\S\n]*+ (?:
      (?P<heading> (?<![^\S\n]{{4}}) (?<!\t) \#{{1,6}} (?=[ \t\n]|\Z) [^\n]*+ )
    | (?P<fence> (?: `{{3,}}+ (?=[^`\n]*+(?:\n|\Z)) | ~{{3,}}+ ) [^\n]*+ )
    | (?P<table> \| [^\n]*+ (?: \n[^\S\n]*+\|[^\n]*+ )*+ )
    | (?P<setext> (?<![^\S\n]{{4}}) (?<!\t) (?!{_ITEM}|>|[-=*_~ \t]++\n)
                  [^\n]{{1,200}}+ \n [ ]{{0,3}} (?:={{2,}}+|-{{2,}}+) [^\S\n]*+ (?=\n|\Z) )
    | (?P<text> \S[^\n]*+ (?: \n(?!{_STARTS_BLOCK})[^\n]*+ )*+ )
    )""",
    re.VERBOSE,
)
_FENCE_MARKER = re.compile("`+|~+")
_FENCE_LINE = re.compile(r"\n[^\S\n]*+(`{3,}+|~{3,}+)[^\S\n]*+(?=\n|\Z)")


class Block(NamedTuple):
    """`text[start:end]` of one kind: heading, fence, table or text; `level` and `headings` are those in force in it."""

    kind: str
    start: int
    end: int
    page: int
    level: int
    headings: tuple[str, ...]


def read_blocks(text: str, page_starts: Sequence[int]) -> Iterator[Block]:
    """The blocks of the text in order; `page_starts` are rising offsets from 0, and none stand for one page.

    Raises ValueError when the offsets do not cut the whole text into pages.
    """
    borders = [*(page_starts or (0,)), len(text)]
    if borders[0] or any(start > end for start, end in pairwise(borders)):
        raise ValueError("page_starts must begin with 0, never fall, and stay inside the text")
    outline = Outline()
    for page, (start, end) in enumerate(pairwise(borders), start=1):
        yield from read_page(text, start, end, page, outline)


def read_page(text: str, position: int, page_end: int, page: int, outline: Outline) -> Iterator[Block]:
    """The blocks of one page, or of the rest of one, from `position` on."""
    while found := _BLOCK.match(text, position, page_end):
        kind = found.lastgroup or "text"
        start, position = found.span(kind)
        if kind == "fence":
            position = _fence_end(text, start, position, page_end)
        elif kind in ("heading", "setext"):
            outline.enter(text[start:position])
            kind = "heading"
        yield Block(kind, start, position, page, outline.level, outline.path)


def _fence_end(text: str, start: int, first_line_end: int, page_end: int) -> int:
    """The end of the closing fence, which has the same sign and is at least as long, or the end of the page."""
    opening = _FENCE_MARKER.match(text, start)
    marker = opening.group() if opening else ""
    for line in _FENCE_LINE.finditer(text, first_line_end, page_end):
        if line[1].startswith(marker):
            return line.end(1)
    return page_end
