"""Lines of a page to paragraphs, code and headings, where the reader's own Markdown cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from mock_providers.llamaparse.parsing.blocks import code
from mock_providers.llamaparse.parsing.text_lines import Piece, TextLine

_HYPHENATED = re.compile(r"(?<=[^\W\d_])-$")
_CODE_OPENS = re.compile(r"[#$%\\<>{}\[\]|&@*/;+=-]|\d+ +[^\w\s]|\w+\(\)|\w+=")
_CODE_SIGNS = re.compile(r"[\\{}$<>|=;@#]|--|::|\w\(")
_LIST_ITEM = re.compile(r"[•‣◦▪·*\u2013-]\s+\S|\(?\d{1,3}[.)]\s+\S")
_LINE_NUMBER = re.compile(r"\d{1,6}(?= |$)")
_FEWEST_WORDS = 5
_FEWEST_LETTERS = 25
_MOST_SIGNS = 0.25
_NEAR = 1
_INDENTED = 2

IsTitle = Callable[[str], bool]


def lines_of(pieces: Iterable[Piece]) -> list[TextLine]:
    """Put pieces back into lines, each at its column."""
    lines = []
    for number, found in groupby(sorted(pieces, key=lambda piece: (piece.line, piece.column)), lambda p: p.line):
        text = ""
        for piece in found:
            text = text.ljust(piece.column) + piece.text
        lines.append(TextLine(number, text))
    return lines


def reflow(lines: Sequence[TextLine], is_title: IsTitle, *, boxed: bool = False) -> list[str]:
    """Return blocks of Markdown; titles stand alone. Lines of a `boxed` block are code unless they read as prose."""
    blocks: list[str] = []
    kinds = _with_numbered_code(lines, [_kind(line, is_title, boxed=boxed) for line in lines])
    for kind, group in groupby(zip(kinds, lines, strict=True), itemgetter(0)):
        found = [line for _, line in group]
        if kind == "title":
            blocks += [line.words for line in found]
        elif kind == "code":
            blocks.append(_code(found))
        else:
            blocks += [_joined(paragraph) for paragraph in _paragraphs(found)]
    return blocks


def _kind(line: TextLine, is_title: IsTitle, *, boxed: bool) -> str:
    words = line.words
    if is_title(words):
        return "title"
    if boxed and not reads_as_prose(words):
        return "code"
    if _looks_like_code(words):
        return "code"
    return "prose"


def _with_numbered_code(lines: Sequence[TextLine], kinds: list[str]) -> list[str]:
    """Let a line whose number follows that of a line of code be code too, whatever it says."""
    before = None
    mended = []
    for line, kind in zip(lines, kinds, strict=True):
        number = int(found[0]) if (found := _LINE_NUMBER.match(line.words)) else None
        follows = before is not None and number == before + 1
        mended.append("code" if follows and kind == "prose" else kind)
        before = number if mended[-1] == "code" else None
    return mended


def reads_as_prose(words: str) -> bool:
    """Tell whether a line is running text rather than a command or a line of a file."""
    if _CODE_OPENS.match(words) or _share_of_signs(words) > _MOST_SIGNS:
        return False
    long_enough = len(words.split()) >= _FEWEST_WORDS or (len(words) >= _FEWEST_LETTERS and not words.isascii())
    return long_enough or words.endswith((":", ".", "\u3002", "\uff1a"))


def _looks_like_code(words: str) -> bool:
    return bool(_CODE_OPENS.match(words)) and not _LIST_ITEM.match(words) and _share_of_signs(words) > _MOST_SIGNS


def _share_of_signs(words: str) -> float:
    return len(_CODE_SIGNS.findall(words)) / max(len(words.split()), 1)


def _code(lines: list[TextLine]) -> str:
    margin = min(len(line.text) - len(line.text.lstrip()) for line in lines)
    return code([line.text[margin:] for line in lines])


def _paragraphs(lines: list[TextLine]) -> list[list[TextLine]]:
    paragraphs: list[list[TextLine]] = []
    for line in lines:
        if paragraphs and _goes_on(paragraphs[-1], line):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return paragraphs


def _goes_on(paragraph: list[TextLine], line: TextLine) -> bool:
    """Tell whether a line goes on with a paragraph: by blank lines, list marks and where it starts."""
    last = paragraph[-1]
    if line.number - last.number > 1 or _LIST_ITEM.match(line.words):
        return False
    columns = [piece.column for piece in last.pieces()]
    start = line.pieces()[0].column
    if start > columns[0] + _INDENTED:
        # Below a term or a list mark hangs its text; anything else is the first line of a paragraph.
        return any(abs(start - column) <= _NEAR for column in columns[1:]) or _hangs(last)
    return start > columns[0] - _INDENTED or len(paragraph) == 1


def _hangs(line: TextLine) -> bool:
    return bool(_LIST_ITEM.match(line.words))


def _joined(paragraph: list[TextLine]) -> str:
    text = ""
    for line in paragraph:
        if _HYPHENATED.search(text) and line.words[:1].islower():
            text = text[:-1] + line.words
        else:
            text = f"{text} {line.words}".strip()
    return _escaped(text)


def _escaped(text: str) -> str:
    """Keep a line from turning into a heading, a table or a fence."""
    text = re.sub(r"^[•‣◦▪·]\s*", "- ", text)
    return re.sub(r"^(#{1,6}\s|\||```|>)", r"\\\1", text)
