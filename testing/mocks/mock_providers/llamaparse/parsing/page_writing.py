"""What the reader says about the pages of a PDF, made into the pages that are delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.blocks import cut_blocks
from mock_providers.llamaparse.parsing.contents_pages import ContentsFinder
from mock_providers.llamaparse.parsing.headings import HeadingMender
from mock_providers.llamaparse.parsing.outline import Outline, title_key
from mock_providers.llamaparse.parsing.page_mending import mend_page
from mock_providers.llamaparse.parsing.running_lines import RunningLines, RunningPage
from mock_providers.llamaparse.parsing.tables import is_real_table
from mock_providers.llamaparse.parsing.text_lines import TextLine, joined_titles, letters, text_lines


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page as the reader gives it."""

    number: int
    text: str
    """Its lines, laid out with spaces."""
    markdown: str


class PageWriter:
    """Goes through the page ranges of one document in order."""

    def __init__(self, outline: Outline, total_pages: int) -> None:
        self._outline = outline
        self._running = RunningLines(outline.keys)
        self._contents = ContentsFinder(outline.names_another_page, total_pages)
        self._headings = HeadingMender(outline, total_pages)

    def write(self, pages: Sequence[RawPage], laid_out: Sequence[RunningPage]) -> list[Page]:
        """Return the pages of a range, whose lines are `laid_out`; the ranges before it must have been written."""
        self._running.take_out(laid_out)
        return [self._page(page, lines) for page, lines in zip(pages, laid_out, strict=True)]

    def handed_on(self) -> dict[str, Any]:
        """Return what the writer of the next range must know, fit for JSON."""
        return {**self._running.handed_on(), "last_contents": self._contents.last, "level": self._headings.level}

    def resume(self, handed_on: Mapping[str, Any]) -> None:
        """Go on where the writer of the range before has stopped."""
        self._running.resume(handed_on)
        self._contents.last = handed_on["last_contents"]
        self._headings.level = handed_on["level"]

    def lay_out(self, page: RawPage) -> RunningPage:
        """Return the lines of a page and what marks them, which needs no other page."""
        blocks = cut_blocks(page.markdown)
        titles = frozenset(letters(block) for block in blocks if block.startswith("#"))
        tables = "".join(letters(block) for block in blocks if is_real_table(block, page.text))
        keys = self._outline.keys_on(page.number)
        lines = text_lines(page.text)
        if keys:
            lines = joined_titles(lines, lambda words: title_key(words) in keys)
        return RunningPage(page.number, lines, titles, tables, keys)

    def _page(self, page: RawPage, found: RunningPage) -> Page:
        running = {line.number for line in (*found.header, *found.footer)}
        lines = [line for line in found.lines if line.number not in running]
        contents = self._contents.find(page.number, lines)
        keys = self._outline.keys_on(page.number)
        markdown = mend_page(page.markdown, found.lines, lambda words: title_key(words) in keys, running, contents)
        mended = self._headings.mend(page.number, markdown)
        return Page(page.number, mended, page.text, _words(found.header), _words(found.footer))


def _words(lines: Sequence[TextLine]) -> str | None:
    return "\n".join(line.words for line in lines) or None
