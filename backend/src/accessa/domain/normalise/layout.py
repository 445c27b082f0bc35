"""Layout of a page: blanks, blank lines, bullets and indents, line by line; code is left as it is.

A fence may stand at any indent. Lines indented by four or more after a blank line, outside a list, are code as well.
The first line of a page is never indented, so a page means the same alone and after another page.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from accessa.domain.normalise.code_spans import code_spans
from accessa.domain.normalise.flaws import Flaws

_FENCE = re.compile(r"(`{3,}+)[^`]*$|(~{3,}+)")
_THEMATIC_BREAK = re.compile(r"(?:(?:- ?){3,}+|(?:\* ?){3,}+|(?:_ ?){3,}+)$")
_HEADING = re.compile(r"#{1,6}(?: |$)")
_LIST_ITEM = re.compile(r"(?:([-*+•◦▪‣])|[0-9]{1,9}[.)]) ")
_OTHER_BLANK = re.compile(r"[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_TO_BLANK = {ord(blank): " " for blank in "\t\u00a0\u1680\u202f\u205f\u3000"} | dict.fromkeys(
    range(0x2000, 0x200B), " "
)
_NO_LINE_END = re.compile(r"[^\n]")
_FENCE_END = re.compile(r"[^\S\n]*+(`{3,}+|~{3,}+)[^\S\n]*+(?=\n|\Z)")
_LATER_FENCE_END = re.compile(r"\n[^\S\n]*+(`{3,}+|~{3,}+)[^\S\n]*+(?=\n|\Z)")
_CODE_INDENT = 4
_STEP = "  "


class Segment(NamedTuple):
    """Neighbouring lines of one sort, joined by line feeds: code (left as it is) or text."""

    is_code: bool
    text: str


def lay_out(text: str) -> list[Segment]:
    """The page's lines in normal layout, as segments for `join_segments`; a fence left open is closed at the end."""
    layout = Layout()
    layout.take(text)
    layout.close()
    return layout.segments()


def join_segments(segments: list[Segment]) -> str:
    """The page as one text with one final line end; an empty page stays empty."""
    return "\n".join(segment.text for segment in segments) + "\n" if segments else ""


class Layout:
    """Takes the lines of a page, at once or part by part, and remembers the open fence and the open list items.

    Neighbouring lines without anything to mend, as nearly all are, are looked at together and stay as they are. Which
    list items they leave open is found out only when a later line depends on it.
    """

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._lines: list[str] = []  # of the segment in the making
        self._is_code = False
        self._has_begun = False
        self._open_items: list[int] = []  # source indents, outermost first, as they were before `_unread`
        self._unread = ""
        self._fence = ""
        self._fence_indent = ""
        self._blank_code: list[str] = []  # the last lines of an open fence, which go when the page ends there
        self._after_blank = False
        self._after_code = False

    def take(self, text: str) -> None:
        """Take whole lines; the last one comes without its line end."""
        flaws = Flaws(text)
        position, length = 0, len(text)
        while position <= length:
            if self._fence:
                position = self._take_fenced(text, position)
            elif position == length or text[position] == "\n":
                self._after_blank = True
                position = _after_line_ends(text, position)
            elif self._after_blank or not self._has_begun:
                position = self._take_flawless(text, position, flaws.flawless_until(position))
            else:
                position = self._take_block(text, position)

    def close(self) -> None:
        """End the page."""
        if self._fence:
            self._blank_code.clear()
            self._add(self._fence_indent + self._fence, is_code=True)
            self._fence = ""

    def segments(self) -> list[Segment]:
        """Hand over what has been laid out since the last call."""
        self._end_segment()
        segments, self._segments = self._segments, []
        return segments

    def _take_fenced(self, text: str, position: int) -> int:
        closing = _closing_fence(text, position, self._fence)
        if closing:
            self._add_code(text[position : closing.end(1)])
            self._fence = ""
            return closing.end() + 1
        unclosed = text[position:]
        line_end = unclosed.find("\n", len(unclosed.rstrip()))
        if not unclosed.strip():
            self._blank_code.append(unclosed)
        elif line_end < 0:
            self._add_code(unclosed)
        else:
            self._add_code(unclosed[:line_end])
            self._blank_code.append(unclosed[line_end + 1 :])
        return len(text) + 1

    def _take_flawless(self, text: str, position: int, end: int) -> int:
        """Take what stays as it is, up to `end`, or the block that does not; return where the next line starts."""
        if end == position:
            return self._take_block(text, position)
        self._unread = text[position:end]
        self._append(self._unread)
        return end + 1

    def _take_block(self, text: str, position: int) -> int:
        """Take the lines up to an empty one, or to the first line in a fence; return where the next line starts."""
        while position < len(text) and text[position] != "\n" and not self._fence:
            line_end = text.find("\n", position)
            line_end = len(text) if line_end < 0 else line_end
            self._take_line(text[position:line_end])
            position = line_end + 1
        return position

    def _take_line(self, line: str) -> None:
        content = line.strip()
        if not content:
            self._after_blank = True
            return
        indent = _indent(line, content)
        if content[0] in "`~" and (fence := _FENCE.match(content)):
            self._open_fence(fence[1] or fence[2], indent if self._has_begun else 0, content)
        elif self._is_indented_code(indent):
            self._append(line.rstrip(), is_code=True)
        else:
            self._append(self._placed(indent, _single_blanks(content)))

    def _append(self, lines: str, *, is_code: bool = False) -> None:
        if self._after_blank and self._has_begun:
            self._add("", is_code=False)
        self._add(lines, is_code=is_code)
        self._after_blank = False
        self._after_code = is_code

    def _add_code(self, lines: str) -> None:
        for blank in self._blank_code:
            self._add(blank, is_code=True)
        self._blank_code.clear()
        self._add(lines, is_code=True)

    def _add(self, lines: str, *, is_code: bool) -> None:
        if is_code is not self._is_code:
            self._end_segment()
            self._is_code = is_code
        self._lines.append(lines)
        self._has_begun = True

    def _end_segment(self) -> None:
        if self._lines:
            self._segments.append(Segment(self._is_code, "\n".join(self._lines)))
            self._lines = []

    def _open_fence(self, marker: str, indent: int, content: str) -> None:
        if not indent:
            self._items().clear()
        self._fence = marker
        self._fence_indent = " " * indent
        self._append(self._fence_indent + content, is_code=True)
        self._after_code = False

    def _is_indented_code(self, indent: int) -> bool:
        may_begin = self._after_code or (self._after_blank and self._has_begun)
        return may_begin and indent >= _CODE_INDENT and not self._items()

    def _items(self) -> list[int]:
        """The open list items; lines that are not indented leave none open but the last of their own."""
        if self._unread:
            self._open_items = [0] if _ends_in_list(self._unread) else []
            self._unread = ""
        return self._open_items

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
        items = self._items()
        while items and indent < items[-1]:
            items.pop()
        if not items or indent >= items[-1] + len(_STEP):
            items.append(indent)
        return _STEP * (len(items) - 1) + content

    def _continued(self, indent: int, content: str, *, closes_list: bool) -> str:
        items = self._items()
        level = bisect_left(items, indent)
        if self._after_blank or closes_list:
            del items[level:]
        return _STEP * level + content


def _after_line_ends(text: str, position: int) -> int:
    found = _NO_LINE_END.search(text, position)
    return found.start() if found else len(text) + 1


def _closing_fence(text: str, position: int, marker: str) -> re.Match[str] | None:
    """The first line from `position` on that holds only the marker's sign, at least as often; group 1 ends with it."""
    first = _FENCE_END.match(text, position)
    if first and first[1].startswith(marker):
        return first
    later = (found for found in _LATER_FENCE_END.finditer(text, position) if found[1].startswith(marker))
    return next(later, None)


def _ends_in_list(block: str) -> bool:
    for line in reversed(block.rpartition("\n\n")[2].split("\n")):
        if _THEMATIC_BREAK.match(line) or _HEADING.match(line):
            return False
        if _LIST_ITEM.match(line):
            return True
    return False


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
