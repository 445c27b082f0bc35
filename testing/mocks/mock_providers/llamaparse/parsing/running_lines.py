"""Running titles: the line at the top or bottom of many pages, page numbers included, kept out of the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_providers.llamaparse.parsing.outline import title_key
from mock_providers.llamaparse.parsing.text_lines import TextLine, letters

_FEWEST = 3
_LEAST_SHARE = 3
_LEAST_SHARE_WHOLE = 2
_MOST_PIECES = 3
_BLANK_LINES = 2
_LONGEST = 150
_DEEPEST = 2
_SHORTEST_TITLE = 6
_CHAPTER = re.compile(r"[^\W\d]+ \d+[.:]? \S+")
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(rf"[\W_]*(?:{_NUMBER.pattern})[\W_]*")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(slots=True)
class RunningPage:
    """The lines of one page, and which of them run."""

    number: int
    lines: Sequence[TextLine]
    titles: frozenset[str] = frozenset()
    """The letters of what the reader took for a title; a title may count up with the pages."""
    tables: str = ""
    """The letters of its tables; the head of a table may stand on every page that it goes on to."""
    own: frozenset[str] = frozenset()
    """The keys of the titles that the outline has on this page."""
    header: list[TextLine] = field(default_factory=list)
    footer: list[TextLine] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """Where a line was seen."""

    first: int
    pages: int = 0


class RunningLines:
    """Goes through the page ranges of one document in order.

    A line runs when it opens (or ends) at least three pages, and a third of those from where it came first. A number
    that counts up with the pages does not tell lines apart, any other number does: amounts and items are never taken.
    Where a line without such a number stands first it stays, so that no title is missing from the whole.
    """

    def __init__(self, titles: Collection[str] = ()) -> None:
        """`titles` are the keys of the outline: what it names need not stay."""
        self._titles = titles
        self._seen: dict[tuple[bool, str], _Seen] = {}
        self._known: set[str] = set()
        self._pages = 0

    def take_out(self, pages: Sequence[RunningPage]) -> None:
        """Find the running lines of a range."""
        self._pages += len(pages)
        for page in pages:
            for top in (True, False):
                edge = enumerate(_edge(page, top=top))
                for sign in {sign for depth, line in edge for sign in _signs(line, page, depth, top=top)}:
                    self._seen.setdefault((top, sign), _Seen(page.number)).pages += 1
        last = max((page.number for page in pages), default=0)
        for page in pages:
            page.header = self._running(page, last, top=True)
            page.footer = self._running(page, last, top=False)

    def handed_on(self) -> dict[str, Any]:
        """Return what the next range must know, fit for JSON."""
        seen = [[*where, found.first, found.pages] for where, found in self._seen.items()]
        return {"seen": seen, "known": list(self._known), "pages": self._pages}

    def resume(self, handed_on: Mapping[str, Any]) -> None:
        """Go on where another finder has stopped."""
        self._seen = {(top, sign): _Seen(first, pages) for top, sign, first, pages in handed_on["seen"]}
        self._known = set(handed_on["known"])
        self._pages = handed_on["pages"]

    def _running(self, page: RunningPage, last: int, *, top: bool) -> list[TextLine]:
        found: list[TextLine] = []
        for depth, line in enumerate(_edge(page, top=top)):
            signs = _signs(line, page, depth, top=top)
            # Below the outermost line stands text as a rule: it has to run through the document.
            runs = any(self._runs((top, sign), last, whole=depth > 0) for sign in signs)
            if not runs or len(page.lines) <= len(found) + 1 or _is_only_title(line, page):
                break
            if self._is_known(line):
                found.append(line)
        return found if top else found[::-1]

    def _runs(self, sign: tuple[bool, str], last: int, *, whole: bool) -> bool:
        seen = self._seen.get(sign)
        if seen is None or seen.pages < _FEWEST:
            return False
        if whole:
            return seen.pages * _LEAST_SHARE_WHOLE >= self._pages
        return seen.pages * _LEAST_SHARE >= last - seen.first + 1

    def _is_known(self, line: TextLine) -> bool:
        """Tell whether the words of a line, or of a part of it, were seen before; from now on they are."""
        parts = [piece.text for piece in line.pieces()]
        if chapter := _CHAPTER.match(line.words):
            parts.append(chapter[0])
        keys = {key for part in parts if (key := letters(_NUMBER.sub("", part)))}
        known = not keys or not keys.isdisjoint(self._known) or any(map(self._is_title, parts))
        self._known |= keys
        return known

    def _is_title(self, words: str) -> bool:
        """Tell whether words are a title of the outline, cut short or with more behind it."""
        key = title_key(words)
        return len(key) >= _SHORTEST_TITLE and any(
            title.startswith(key) or (len(title) >= _SHORTEST_TITLE and key.startswith(title)) for title in self._titles
        )


def _edge(page: RunningPage, *, top: bool) -> list[TextLine]:
    """Return the outermost lines, the outermost first."""
    depth = min(_DEEPEST, len(page.lines) // 2)
    lines = page.lines[:depth] if top else page.lines[: -depth - 1 : -1]
    return [line for line in lines if len(line.words) <= _LONGEST]


def _is_only_title(line: TextLine, page: RunningPage) -> bool:
    """Tell whether a line is a title of this page that no other line repeats."""
    key = title_key(line.words)
    return key in page.own and sum(title_key(other.words) == key for other in page.lines) == 1


def _stands_apart(line: TextLine, page: RunningPage, *, top: bool) -> bool:
    """Tell whether a line is no title, and two blank lines part it from the text."""
    rest = [abs(other.number - line.number) for other in page.lines if (other.number > line.number) is top]
    return letters(line.text) not in page.titles and min((gap for gap in rest if gap), default=0) > _BLANK_LINES


def _signs(line: TextLine, page: RunningPage, depth: int, *, top: bool) -> Iterator[str]:
    """Give what makes two lines the same: as it is, and with one number counted from that of the page."""
    pieces = line.pieces()
    literal = letters(line.text) not in page.tables
    if top and literal and not depth and (chapter := _CHAPTER.match(line.words)):
        yield chapter[0]
        if len(pieces) > 1:
            yield f"{chapter[0].split()[0]} <chapter>"
    # Titles and items may count up with the pages, but have no gap to their number, nor a wide one to the text.
    counts_up = len(pieces) > 1 or _PAGE_NUMBER.fullmatch(line.words) is not None or _stands_apart(line, page, top=top)
    parts = [piece.text for piece in pieces] if 1 < len(pieces) <= _MOST_PIECES and not depth else []
    for words in dict.fromkeys([line.words, *parts]):
        if words == line.words and literal and any(letter.isalpha() for letter in words):
            yield words
        for found in _NUMBER.finditer(words) if counts_up else ():
            distance = _value(found[0]) - page.number
            yield f"{words[: found.start()]}<{distance}>{words[found.end() :]}"


def _value(number: str) -> int:
    if number.isdigit():
        return int(number[:9])
    values = [_ROMAN[letter] for letter in number]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))
