"""PDF files to Markdown, a range of pages at a time, so that memory does not grow with the document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
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
from mock_providers.llamaparse.parsing.task import ParseTask

_NEEDS_PASSWORD = 4


def read_pdf(task: ParseTask) -> Iterator[list[Page]]:
    """Give the wanted pages range by range; raises `NO_DATA_FOUND_IN_FILE` when none of them has text."""
    total, outline = _open(task.path)
    if total > task.page_limit:
        raise ParseFailureError(Reason.TOO_MANY_PAGES)
    reader = _RangeReader(_named_pdf(task.path), total, outline)
    has_text = False
    for pages in _wanted_ranges(task, total):
        allow_cpu_seconds(task.range_cpu_seconds)
        read = reader.read(pages)
        has_text = has_text or any(page.text.strip() for page in read)
        yield read
    if not has_text:
        raise ParseFailureError(Reason.NO_DATA_FOUND_IN_FILE)


class _RangeReader:
    """Reads one document range by range and keeps what a later range must know."""

    def __init__(self, path: str, total: int, outline: Outline) -> None:
        self._path = path
        self._writer = PageWriter(outline, total)

    def read(self, pages: range) -> list[Page]:
        parsed, errors = _parse(self._path, pages)
        raw = [RawPage(page.page_num, page.text, page.markdown) for page in parsed]
        read = self._writer.write(in_reading_order(self._path, raw))
        known = {page.page_number for page in read}
        failed = [Page(number, error=message) for number, message in errors.items() if number not in known]
        return sorted(chain(read, failed), key=lambda page: page.page_number)


def _open(path: str) -> tuple[int, Outline]:
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


def _wanted_ranges(task: ParseTask, total: int) -> list[range]:
    if task.target_pages:
        wanted = read_page_list(task.target_pages)
    else:
        wanted = [range(1, min(total, task.max_pages or total) + 1)]
    return cut_ranges(wanted, total, task.range_pages)


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
