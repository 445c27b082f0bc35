"""Normalised Markdown: the one form of parsed text that is hashed, stored and chunked."""

from __future__ import annotations

from accessa.domain.normalise.in_parts import ATTEMPTS, LinksRemainError, PageInParts, WholePageNeededError
from accessa.domain.normalise.links import IMAGE
from accessa.domain.normalise.page import NormalisedText, join_pages, normalise_page

__all__ = [
    "ATTEMPTS",
    "IMAGE",
    "LinksRemainError",
    "NormalisedText",
    "PageInParts",
    "WholePageNeededError",
    "join_pages",
    "normalise_page",
]
