"""Plain text and Markdown files: one page, as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.decoding import decode
from mock_providers.llamaparse.parsing.task import ParseTask


def read_text(task: ParseTask) -> Iterator[list[Page]]:
    """Give the file as page 1."""
    text = decode(Path(task.path).read_bytes())
    if not text.strip():
        raise ParseFailureError(Reason.NO_DATA_FOUND_IN_FILE, "The file holds no text.")
    yield [Page(1, text, text)]
