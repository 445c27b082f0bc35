"""Normalised Markdown: the one form of parsed text that is hashed, stored and chunked."""

from __future__ import annotations

from accessa.domain.normalise.links import IMAGE
from accessa.domain.normalise.page import NormalisedText, join_pages, normalise_page

__all__ = ["IMAGE", "NormalisedText", "join_pages", "normalise_page"]
