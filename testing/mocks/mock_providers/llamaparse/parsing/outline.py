"""The outline (bookmarks) of a PDF, and comparing its titles with lines on a page."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import pypdfium2

from mock_providers.llamaparse.parsing.text_lines import ALL_BUT_LETTERS

_MOST_ENTRIES = 20_000
_DEEPEST = 15
_NUMBERING = re.compile(
    r"^\s*(?:(?:chapter|section|part|appendix)\s+)?(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+)[.:)]?\s+", re.IGNORECASE
)
# On a page from right to left, the parts of a number come apart: `.1 3 title`.
_NUMBERING_RIGHT = re.compile(r"^[\s.]*(?:\d+[\s.]+)+(?=[\u0590-\u08ff])")
_SKIPPED = re.compile(r"[\W_]+")
# The lines of a range of pages are asked for several times.
_REMEMBERED = 10_000
_MARKUP = re.compile(r"[*_`\\]")
_ALL_MARKUP = {ord(mark): None for mark in "*_`\\"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One title of the outline; the deepest headings have the highest level, from 1."""

    level: int
    title: str
    key: str


@dataclass(frozen=True)
class Outline:
    """The titles of a document by the page that they point to, counted from 1."""

    by_page: dict[int, list[Entry]] = field(default_factory=dict)

    @property
    def first_page(self) -> int | None:
        """The first page that a title points to."""
        return min(self.by_page, default=None)

    def is_detailed(self, total_pages: int) -> bool:
        """Tell whether the outline names sections, so that a heading it lacks is hardly one."""
        entries = [entry for page in self.by_page.values() for entry in page]
        return len(entries) * 2 >= total_pages and len({entry.level for entry in entries}) > 1

    def names_another_page(self, key: str, page: int) -> bool:
        """Tell whether titles of that key point to other pages, and none to `page`."""
        pages = self._pages_by_key.get(key)
        return pages is not None and page not in pages

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of all titles."""
        return frozenset(self._pages_by_key)

    def keys_on(self, page: int) -> frozenset[str]:
        """Return the keys of the titles that point to a page."""
        return frozenset(entry.key for entry in self.by_page.get(page, ()))

    @cached_property
    def _pages_by_key(self) -> dict[str, set[int]]:
        pages: dict[str, set[int]] = defaultdict(set)
        for number, found in self.by_page.items():
            for entry in found:
                pages[entry.key].add(number)
        return dict(pages)


def read_outline(document: pypdfium2.PdfDocument) -> Outline:
    """Return the outline; entries without a title or a page are left out."""
    by_page: dict[int, list[Entry]] = defaultdict(list)
    for number, bookmark in enumerate(document.get_toc(max_depth=_DEEPEST)):
        if number >= _MOST_ENTRIES:
            break
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        title = " ".join(bookmark.get_title().split())
        if page is not None and title_key(title):
            by_page[page + 1].append(Entry(bookmark.level + 1, title, title_key(title)))
    return Outline(dict(by_page))


@lru_cache(_REMEMBERED)
def title_key(text: str) -> str:
    """Return what makes a title the same: its letters and digits, without case, markup and leading number."""
    if text.isascii():
        plain = text.translate(_ALL_MARKUP)
        numbering = _NUMBERING.match(plain)
        bare = plain[numbering.end() :] if numbering else plain
        return (bare or plain).translate(ALL_BUT_LETTERS).lower()
    plain = _MARKUP.sub("", unicodedata.normalize("NFKC", text))
    bare = _NUMBERING_RIGHT.sub("", _NUMBERING.sub("", plain))
    return _SKIPPED.sub("", (bare or plain).casefold())
