"""The part of a passage that is shown: around the words that were asked for, with these words marked."""

from __future__ import annotations

import re

from rich.text import Text

from accessa.cli.figures import printable

_WIDTH = 300
_SHORTEST_WORD = 3


def snippet(text: str, query: str) -> str:
    """Return one line of the passage, cut around the first word of the query that occurs in it."""
    line = printable(" ".join(text.split()))
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


def _words_of(query: str) -> re.Pattern[str]:
    """Return a pattern of the query's words; short ones are everywhere, and mark nothing."""
    words = [word for word in re.findall(r"\w+", query) if len(word) >= _SHORTEST_WORD]
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words) or r"(?!)", re.IGNORECASE)
