"""HTML files to Markdown: one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from html_to_markdown import ConversionOptions, convert

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.decoding import decode
from mock_providers.llamaparse.parsing.shallow_html import shallow
from mock_providers.llamaparse.parsing.task import ParseTask

_PERMALINK = re.compile(r"(?<=\S)[ ]?(?:\[[¶#§]\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|¶)[ ]*$", re.MULTILINE)


def read_html(task: ParseTask) -> Iterator[list[Page]]:
    """Give the file as page 1."""
    markdown = markdown_of_html(decode(Path(task.path).read_bytes()))
    yield [Page(1, markdown, markdown)]


def markdown_of_html(html: str) -> str:
    """Return the Markdown of an HTML text, without images, page metadata and the signs that link to a heading.

    Raises `NO_DATA_FOUND_IN_FILE` when nothing is left.
    """
    options = ConversionOptions(extract_metadata=False, skip_images=True)
    markdown = _PERMALINK.sub("", convert(shallow(html), options).content or "")
    if not markdown.strip():
        raise ParseFailureError(Reason.NO_DATA_FOUND_IN_FILE, "No text could be read from the page: it holds none.")
    return markdown
