"""Pages in Arabic, Hebrew and other scripts from right to left, whose words the reader may put in a wrong order."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pypdfium2

from mock_providers.llamaparse.parsing.page_writing import RawPage
from mock_providers.llamaparse.parsing.text_lines import letters

_LETTER = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_CLOSES_TOO_EARLY = re.compile(r"(?:^|\s)[.,:;\u060c\u061b\u061f](?=[\u0590-\u08ff])")
_MOSTLY = 0.5
_LEAST_KEPT = 0.95


def in_reading_order(path: str, pages: Sequence[RawPage]) -> list[RawPage]:
    """Return the pages; where PDFium's text of a page reads better, with its lines alone."""
    if not any(is_right_to_left(page.text) for page in pages):
        return list(pages)
    with pypdfium2.PdfDocument(path) as document:
        return [_better(page, document) if is_right_to_left(page.text) else page for page in pages]


def is_right_to_left(text: str) -> bool:
    """Tell whether most letters of a page are written from right to left."""
    return len(_LETTER.findall(text)) > _MOSTLY * len(letters(text))


def reads_better(text: str, other: str) -> bool:
    """Tell whether `text` has fewer words that begin with the mark that ends a sentence, and nearly all letters."""
    if len(letters(text)) < _LEAST_KEPT * len(letters(other)):
        return False
    return len(_CLOSES_TOO_EARLY.findall(text)) < len(_CLOSES_TOO_EARLY.findall(other))


def _better(page: RawPage, document: pypdfium2.PdfDocument) -> RawPage:
    text = str(document[page.number - 1].get_textpage().get_text_bounded()).replace("\r\n", "\n")
    return RawPage(page.number, text, "") if reads_better(text, page.text) else page
