"""Running titles: the same line at the top or bottom of many pages, kept out of the text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

_FEWEST = 3
_LEAST_SHARE = 3
_LONGEST = 150
_RULE = "---"


@dataclass(slots=True)
class PageLines:
    """The Markdown of one page, and what was taken out of it."""

    number: int
    markdown: str
    header: str | None = None
    footer: str | None = None


class RunningLines:
    """Goes through the page ranges of one document in order.

    A line runs when exactly the same text opens (or ends) at least three pages and a third of those seen. Where it
    stands first it stays, so that no text of the document is missing from the whole.
    """

    def __init__(self) -> None:
        self._pages = 0
        self._tops: Counter[str] = Counter()
        self._bottoms: Counter[str] = Counter()
        self._known: set[str] = set()

    def take_out(self, pages: list[PageLines]) -> None:
        """Move running lines of a range into `header` and `footer`."""
        self._pages += len(pages)
        for page in pages:
            blocks = _blocks(page.markdown)
            self._tops.update(_edge(blocks, 0))
            self._bottoms.update(_edge(blocks, -1))
        for page in pages:
            self._take_out_of(page)

    def _take_out_of(self, page: PageLines) -> None:
        blocks = _blocks(page.markdown)
        page.header = self._running(self._tops, blocks, 0)
        page.footer = self._running(self._bottoms, blocks, -1)
        if page.header or page.footer:
            page.markdown = "\n\n".join(_within(blocks, top=bool(page.header), bottom=bool(page.footer)))

    def _running(self, counts: Counter[str], blocks: list[str], edge: int) -> str | None:
        for text in _edge(blocks, edge):
            if counts[text] < max(_FEWEST, self._pages / _LEAST_SHARE) or len(blocks) == 1:
                return None
            if text in self._known:
                return text.lstrip("# ")
            self._known.add(text)
        return None


def _blocks(markdown: str) -> list[str]:
    return [block for block in markdown.split("\n\n") if block.strip()]


def _edge(blocks: list[str], edge: int) -> list[str]:
    """Return the first (0) or last (-1) block that is a short line, beyond a rule that stands there."""
    lines = [block for block in blocks if block.strip() != _RULE]
    line = lines[edge].strip() if lines else ""
    return [line] if line and "\n" not in line and len(line) <= _LONGEST else []


def _within(blocks: list[str], *, top: bool, bottom: bool) -> list[str]:
    kept = list(blocks)
    for wanted, edge in ((top, 0), (bottom, -1)):
        if wanted:
            _drop_rules(kept, edge)
            kept.pop(edge)
            _drop_rules(kept, edge)
    return kept


def _drop_rules(blocks: list[str], edge: int) -> None:
    while blocks and blocks[edge].strip() == _RULE:
        blocks.pop(edge)
