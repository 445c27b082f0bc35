"""The part of a passage that is shown: around the words that were asked for, with these words marked."""

from __future__ import annotations

import re

from rich.text import Text

from accessa.cli.figures import printable

_WIDTH = 300
_SHORTEST_WORD = 3
_BAR = re.compile(r"(?<!\\)\|")
_PARTS_OF_PIPE = 2  # a line of a shell script may begin or end with its one bar
_RULE = re.compile(r"[-:+=\s]*")


def snippet(text: str, query: str) -> str:
    """Return one line of the passage, cut around the first word of the query that occurs in it."""
    line = printable(" ".join(" ".join(map(_without_bars, text.splitlines())).split()))
    if len(line) <= _WIDTH:
        return line
    hit = _words_of(query).search(line)
    start = max(0, (hit.start() if hit else 0) - _WIDTH // 3)
    start = line.rfind(" ", 0, start) + 1
    part = line[start : start + _WIDTH].rsplit(" ", 1)[0]
    return f"{'… ' if start else ''}{part}{' …' if start + len(part) < len(line) else ''}"


def marked(line: str, query: str) -> Text:
    """Return the line with the words of the query in bold, for a terminal."""
    text = Text(line)
    text.highlight_regex(_words_of(query), "bold yellow")
    return text


def _without_bars(line: str) -> str:
    """Return a row of a table as `cell, cell;`; the rules that only draw the table say nothing."""
    row = line.strip()
    parts = _BAR.split(row)
    if len(parts) <= _PARTS_OF_PIPE or not (row.startswith("|") or row.endswith("|")):
        return line
    cells = [cell.strip() for cell in parts if not _RULE.fullmatch(cell)]
    return f"{', '.join(cells)};" if cells else ""


def _words_of(query: str) -> re.Pattern[str]:
    """Return a pattern of the query's words; short ones are everywhere, and mark nothing."""
    words = [word for word in re.findall(r"\w+", query) if len(word) >= _SHORTEST_WORD]
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words) or r"(?!)", re.IGNORECASE)
