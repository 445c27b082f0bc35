"""The chunk: one passage of a text, with its place and its headings."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage; `text` is exactly `source[start:end]` and begins and ends with a character that is not a blank."""

    ordinal: int
    """Place among the chunks of the text, from 0."""
    text: str
    sha256: str
    """Hex SHA-256 of the UTF-8 bytes of `text`."""
    start: int
    """Offset of the first character in the source, in characters."""
    end: int
    """Offset after the last character in the source, in characters."""
    page: int
    """Page of the first character, from 1."""
    page_end: int
    """Page of the last character, from 1."""
    headings: tuple[str, ...]
    """Plain headings above the first passage that is not a heading, outermost first, each of at most 200 characters."""
    page_breaks: tuple[int, ...] = field(default=(), repr=False)
    """Offsets in `text` at which the pages after the first begin; none falls, and there is one a page."""
