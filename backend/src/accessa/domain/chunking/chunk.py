"""The chunk: one passage of a text, with its place and its headings."""

from __future__ import annotations

from typing import NamedTuple


class Chunk(NamedTuple):
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
    page_breaks: tuple[int, ...] = ()
    """Offsets in `text` at which the pages after the first begin; none falls, and there is one a page."""

    def __repr__(self) -> str:
        """All but `page_breaks`, of which there may be a hundred."""
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields[:-1], self, strict=False))
        return f"{type(self).__name__}({shown})"
