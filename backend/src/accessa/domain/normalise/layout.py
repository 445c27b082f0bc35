"""Layout of a page: blanks, blank lines, bullets and indents, line by line; code is left as it is.

A fence may stand at any indent. Lines indented by four or more after a blank line, outside a list, are code as well.
The first line of a page is never indented, so a page means the same alone and after another page.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from accessa.domain.normalise.code_spans import code_spans

_FENCE = re.compile(r"(`{3,}+)[^`]*$|(~{3,}+)")
_THEMATIC_BREAK = re.compile(r"(?:(?:- ?){3,}+|(?:\* ?){3,}+|(?:_ ?){3,}+)$")
_HEADING = re.compile(r"#{1,6}(?: |$)")
_LIST_ITEM = re.compile(r"(?:([-*+•◦▪‣])|[0-9]{1,9}[.)]) ")
_OTHER_BLANK = re.compile(r"[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_TO_BLANK = {ord(blank): " " for blank in "\t\u00a0\u1680\u202f\u205f\u3000"} | dict.fromkeys(
    range(0x2000, 0x200B), " "
)
_CODE_INDENT = 4
_STEP = "  "


class Segment(NamedTuple):
    """Neighbouring lines of one sort, joined by line feeds: code (left as it is) or text."""

    is_code: bool
    text: str


def lay_out(text: str) -> list[Segment]:
    """The page's lines in normal layout, as segments for `join_segments`; a fence left open is closed at the end."""
    layout = _Layout()
    for line in text.split("\n"):
        layout.take(line)
    layout.close_fence()
    return list(layout.segments())


def join_segments(segments: list[Segment]) -> str:
    """The page as one text with one final line end; an empty page stays empty."""
    return "\n".join(segment.text for segment in segments) + "\n" if segments else ""


class _Layout:
    """Takes the lines of a page one by one and remembers the open fence and the open list items."""

    def __init__(self) -> None:
        self._lines: list[tuple[bool, str]] = []
        self._items: list[int] = []  # source indents of the open list items, outermost first
        self._fence = ""
        self._fence_indent = ""
        self._after_blank = False
        self._after_code = False

    def take(self, line: str) -> None:
        content = line.strip()
        if self._fence:
            self._take_fenced(line, content)
        elif content:
            self._take_block_line(line, content)
        else:
            self._after_blank = True

    def segments(self) -> Iterator[Segment]:
        for is_code, lines in groupby(self._lines, key=lambda line: line[0]):
            yield Segment(is_code, "\n".join(line for _, line in lines))

    def close_fence(self) -> None:
        if not self._fence:
            return
        while not self._lines[-1][1].strip():
            self._lines.pop()
        self._lines.append((True, self._fence_indent + self._fence))

    def _take_fenced(self, line: str, content: str) -> None:
        closes = content.startswith(self._fence) and not content.strip(self._fence[0])
        self._lines.append((True, line.rstrip() if closes else line))
        if closes:
            self._fence = ""

    def _take_block_line(self, line: str, content: str) -> None:
        indent = _indent(line, content)
        if content[0] in "`~" and (fence := _FENCE.match(content)):
            self._open_fence(fence[1] or fence[2], indent if self._lines else 0, content)
        elif self._is_indented_code(indent):
            self._append(line.rstrip(), is_code=True)
        else:
            self._append(self._placed(indent, _single_blanks(content)))

    def _append(self, line: str, *, is_code: bool = False) -> None:
        if self._after_blank and self._lines:
            self._lines.append((False, ""))
        self._lines.append((is_code, line))
        self._after_blank = False
        self._after_code = is_code

    def _open_fence(self, marker: str, indent: int, content: str) -> None:
        if not indent:
            self._items.clear()
        self._fence = marker
        self._fence_indent = " " * indent
        self._append(self._fence_indent + content, is_code=True)
        self._after_code = False

    def _is_indented_code(self, indent: int) -> bool:
        may_begin = self._after_code or (self._after_blank and bool(self._lines))
        return may_begin and indent >= _CODE_INDENT and not self._items

    def _placed(self, indent: int, content: str) -> str:
        if content[0].isalpha():
            return self._continued(indent, content, closes_list=False)
        item = _LIST_ITEM.match(content)
        if item and item[1]:
            content = "-" + content[1:] if not _THEMATIC_BREAK.match(content) else content
        if _THEMATIC_BREAK.match(content) or (_HEADING.match(content) and not indent):
            return self._continued(indent, content, closes_list=not indent)
        if item:
            return self._item(indent, content)
        return self._continued(indent, content, closes_list=False)

    def _item(self, indent: int, content: str) -> str:
        while self._items and indent < self._items[-1]:
            self._items.pop()
        if not self._items or indent >= self._items[-1] + len(_STEP):
            self._items.append(indent)
        return _STEP * (len(self._items) - 1) + content

    def _continued(self, indent: int, content: str, *, closes_list: bool) -> str:
        level = bisect_left(self._items, indent)
        if self._after_blank or closes_list:
            del self._items[level:]
        return _STEP * level + content


def _indent(line: str, content: str) -> int:
    """Columns before the content of a line; a tab stands for up to four."""
    if line.startswith(content):
        return 0
    return len(line[: len(line) - len(line.lstrip())].expandtabs(_CODE_INDENT))


def _single_blanks(content: str) -> str:
    if "  " not in content and not _holds_other_blank(content):
        return content
    pieces: list[str] = []
    position = 0
    for start, end in code_spans(content) if "`" in content else ():
        pieces += (_squeezed(content[position:start]), content[start:end])
        position = end
    return "".join([*pieces, _squeezed(content[position:])])


def _holds_other_blank(text: str) -> bool:
    return "\t" in text if text.isascii() else _OTHER_BLANK.search(text) is not None


def _squeezed(text: str) -> str:
    if _holds_other_blank(text):
        text = text.translate(_TO_BLANK)
    while "  " in text:
        text = text.replace("  ", " ")
    return text
