"""Corrects the headings of a PDF page: by the document's outline where there is one, else by plain signs."""

from __future__ import annotations

import re

from mock_providers.llamaparse.parsing.blocks import cut_blocks
from mock_providers.llamaparse.parsing.outline import Entry, Outline, title_key

_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_DEEPEST = 6
_LONGEST = 150
_SHORTEST_RUN_IN = 20
_LETTER = re.compile(r"[^\W\d_]")
_NUMBERED = re.compile(r"^(?:\d+|[ivxlc]+)\b|\b(?:\d+|[ivxlc]+)$", re.IGNORECASE)


class HeadingMender:
    """Goes through the pages of one document in order and remembers which section it is in."""

    def __init__(self, outline: Outline, total_pages: int) -> None:
        self._outline = outline
        self._detailed = outline.is_detailed(total_pages)
        self._first = outline.first_page
        self.level: int | None = None
        """Level of the section that the last page ended in."""

    def mend(self, page: int, markdown: str) -> str:
        """Return the page with its headings corrected; no word of it is lost."""
        entries = list(self._outline.by_page.get(page, ()))
        blocks = cut_blocks(markdown)
        inside = self._first is not None and page >= self._first
        mended = [self._block(block, entries, inside=inside) for block in blocks]
        if mended and not inside:
            mended[-1] = _without_running_number(mended[-1])
        return "\n\n".join(mended)

    def _block(self, block: str, entries: list[Entry], *, inside: bool) -> str:
        found = _HEADING.fullmatch(block)
        text = found[2] if found else block
        if "\n" in block:
            return block
        if entry := _take(entries, text):
            return self._heading(entry, text)
        if not found:
            return block
        if entry := _take_run_in(entries, text):
            return f"{self._heading(entry, text[: len(entry.title)])}\n\n{text[len(entry.title) :].strip()}"
        return self._unnamed(found, inside=inside)

    def _heading(self, entry: Entry, text: str) -> str:
        self.level = min(entry.level, _DEEPEST)
        return f"{'#' * self.level} {text.strip()}"

    def _unnamed(self, found: re.Match[str], *, inside: bool) -> str:
        marks, text = found[1], found[2]
        if len(text) > _LONGEST or (inside and self._detailed) or not _LETTER.search(text):
            return text
        if inside and self.level is not None:
            marks = "#" * min(max(len(marks), self.level + 1), _DEEPEST)
        return f"{marks} {text}"


def _take(entries: list[Entry], text: str) -> Entry | None:
    key = title_key(text) if len(text) <= _LONGEST * 2 else ""
    for place, entry in enumerate(entries):
        if entry.key == key:
            return entries.pop(place)
    return None


def _take_run_in(entries: list[Entry], text: str) -> Entry | None:
    """Take the entry whose title opens a heading that runs into its paragraph."""
    for place, entry in enumerate(entries):
        rest = text[len(entry.title) :]
        opens = text.casefold().startswith(entry.title.casefold()) and rest[:1].isspace()
        if opens and len(rest) > _SHORTEST_RUN_IN:
            return entries.pop(place)
    return None


def _without_running_number(block: str) -> str:
    """Return a last block that is a heading with a page number as plain text: nothing follows it on its page."""
    found = _HEADING.fullmatch(block)
    return found[2] if found and _NUMBERED.search(found[2]) else block
