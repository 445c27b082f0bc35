"""DOCX files to Markdown, by way of HTML: one page."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

import mammoth

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.from_html import markdown_of_html
from mock_providers.llamaparse.parsing.task import ParseTask

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
"""


def read_docx(task: ParseTask) -> Iterator[list[Page]]:
    """Give the file as page 1; refuses an archive that would unpack to too much."""
    with zipfile.ZipFile(task.path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > task.max_unpacked_bytes:
        raise ParseFailureError(Reason.DOCUMENT_TOO_LARGE, "The DOCX unpacks to more bytes than allowed. Split it.")
    markdown = markdown_of_html(_html_of(task.path))
    yield [Page(1, markdown, markdown)]


def _html_of(path: str) -> str:
    try:
        with open(path, "rb") as source:  # noqa: PTH123 mammoth wants a plain file object
            return str(mammoth.convert_to_html(source, convert_image=_no_image, style_map=_STYLES).value)
    except (MemoryError, ParseFailureError):
        raise
    except Exception as error:
        raise ParseFailureError(
            Reason.UNSUPPORTED_FILE_TYPE, "The DOCX file is damaged. Save it again from its source."
        ) from error


def _no_image(image: object) -> list[Any]:
    del image
    return []
