"""PDF files to Markdown, a range of pages at a time, so that memory does not grow with the document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pypdfium2
from liteparse import LiteParse, ParsedPage, ParseError

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.page_ranges import cut_ranges, read_page_list
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.limits import allow_cpu_seconds
from mock_providers.llamaparse.parsing.outline import Outline, read_outline
from mock_providers.llamaparse.parsing.page_writing import PageWriter, RawPage
from mock_providers.llamaparse.parsing.right_to_left import in_reading_order
from mock_providers.llamaparse.parsing.running_lines import RunningPage
from mock_providers.llamaparse.parsing.task import ParseTask

_NEEDS_PASSWORD = 4


def read_pdf(task: ParseTask) -> Iterator[list[Page]]:
    """Give the wanted pages range by range; raises `NO_DATA_FOUND_IN_FILE` when none of them has text."""
    reader = RangeReader(task)
    has_text = False
    for pages in wanted_ranges(task):
        allow_cpu_seconds(task.range_cpu_seconds)
        reader.prepare(pages)
        read = reader.finish()
        has_text = has_text or any(page.text.strip() for page in read)
        yield read
    if not has_text:
        raise ParseFailureError(Reason.NO_DATA_FOUND_IN_FILE)


def wanted_ranges(task: ParseTask) -> list[range]:
    """Return the wanted pages in ranges; raises `TOO_MANY_PAGES`, or what keeps the document from being opened."""
    total, _ = _opened(task.path)
    if total > task.page_limit:
        raise ParseFailureError(Reason.TOO_MANY_PAGES)
    if task.target_pages:
        wanted = read_page_list(task.target_pages)
    else:
        wanted = [range(1, min(total, task.max_pages or total) + 1)]
    return cut_ranges(wanted, total, task.range_pages)


class RangeReader:
    """Reads ranges of one document; what a later range must know is kept here, or handed on to another reader."""

    def __init__(self, task: ParseTask) -> None:
        """Open the document."""
        total, outline = _opened(task.path)
        self._path = _named_pdf(task.path)
        self.writer = PageWriter(outline, total)
        self._raw: list[RawPage] = []
        self._laid_out: list[RunningPage] = []
        self._errors: dict[int, str] = {}

    def prepare(self, pages: range) -> None:
        """Do what needs no other range, which is most of the work."""
        parsed, self._errors = _parse(self._path, pages)
        self._raw = in_reading_order(self._path, [RawPage(page.page_num, page.text, page.markdown) for page in parsed])
        self._laid_out = [self.writer.lay_out(page) for page in self._raw]

    def finish(self) -> list[Page]:
        """Return the pages that were prepared; the ranges before must be finished."""
        read = self.writer.write(self._raw, self._laid_out)
        known = {page.page_number for page in read}
        failed = [Page(number, error=message) for number, message in self._errors.items() if number not in known]
        return sorted(chain(read, failed), key=lambda page: page.page_number)


def _opened(path: str) -> tuple[int, Outline]:
    """Return the number of pages and the outline; a document that is still the same is not opened again."""
    state = Path(path).stat()
    return _open(path, state.st_mtime_ns, state.st_size)


@lru_cache(1)
def _open(path: str, *_state: int) -> tuple[int, Outline]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        protected = getattr(error, "err_code", None) == _NEEDS_PASSWORD
        raise ParseFailureError(Reason.PDF_IS_PROTECTED if protected else Reason.PDF_IS_BROKEN) from error
    with document:
        return len(document), read_outline(document)


def _named_pdf(path: str) -> str:
    """Return a name of the file that ends in `.pdf`: the reader goes by it, our store has no endings."""
    named = Path(path).with_suffix(".pdf")
    if not named.exists():
        with suppress(FileExistsError):
            named.symlink_to(Path(path).name)
    return str(named)


def _parse(path: str, pages: range) -> tuple[list[ParsedPage], dict[int, str]]:
    reader = LiteParse(
        # Without this the reader fetches recognition data over the network.
        ocr_enabled=False,
        output_format="markdown",
        target_pages=f"{pages.start}-{pages.stop - 1}",
        image_mode="off",
        extract_links=False,
        emit_word_boxes=False,
        # The reader's own removal takes titles that only differ in their number for running lines.
        keep_headers_footers=True,
        continue_on_page_error=True,
        num_workers=1,
        quiet=True,
    )
    try:
        result = reader.parse(path)
    except ParseError as error:
        raise ParseFailureError(Reason.PDF_IS_BROKEN) from error
    return result.pages, {problem.page_num: "The page could not be read." for problem in result.page_errors}
