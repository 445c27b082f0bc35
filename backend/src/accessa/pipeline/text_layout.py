"""Brings the pages of a document into one normal text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accessa.domain.errors import PermanentError, TransientError
from accessa.domain.normalise import IMAGE, join_pages, normalise_page


@dataclass(frozen=True, slots=True)
class LaidOutText:
    """The one text of a document in UTF-8, and what is known of its pages."""

    content: bytes
    characters: int
    page_starts: tuple[int, ...]
    pages_without_text: int
    removed_characters: int


def normal_text(pages: Sequence[str]) -> LaidOutText:
    """Normalise the pages and join them, in memory that is some ten times the size of the text."""
    normalised = [normalise_page(page) for page in pages]
    text, starts = join_pages([page.text for page in normalised])
    return LaidOutText(
        text.encode(),
        len(text),
        tuple(starts),
        sum(not page.text.replace(IMAGE, "").strip() for page in normalised),
        sum(page.removed_characters for page in normalised),
    )


def too_large() -> PermanentError:
    """The error of a text that needs more memory or time than its child may have."""
    return PermanentError(
        "FILE_TOO_LARGE", "The text has too many lines to be laid out within its memory and time; split the file."
    )


def silent() -> TransientError:
    """The error of a child that has ended for no reason of its own."""
    return TransientError("INTERNAL", "The child that lays out the text ended without an answer.")
