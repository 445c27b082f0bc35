"""Pages: one page into its normal form, and normal pages into one text that is normal too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accessa.domain.normalise.characters import clean_characters
from accessa.domain.normalise.layout import Segment, join_segments, lay_out
from accessa.domain.normalise.links import drop_addresses

MOST_PASSES = 5
"""How often at most the links of a page are reduced."""


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A page in normal form; `removed_characters` counts source characters that no stored text may hold."""

    text: str
    removed_characters: int


def normalise_page(markdown: str) -> NormalisedText:
    """The normal form of one page of Markdown, which is its own normal form; never fails, in linear time.

    A page whose links are nested deeper than five passes can undo keeps its links: the text is never at risk.
    """
    clean, removed = clean_characters(markdown)
    return NormalisedText(_without_addresses(lay_out(clean)), removed)


def join_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The full text of normal pages, with a blank line between them, and the character offset where each page starts.

    An empty page starts where the next page starts, or at the end of the text when none follows.
    """
    parts: list[str] = []
    starts: list[int] = []
    offset = 0
    for page in pages:
        if page and offset:
            parts.append("\n")
            offset += 1
        starts.append(offset)
        parts.append(page)
        offset += len(page)
    return "".join(parts), _shared_starts(pages, starts, offset)


def _shared_starts(pages: Sequence[str], starts: list[int], end: int) -> tuple[int, ...]:
    following = end
    shared = []
    for page, start in zip(reversed(pages), reversed(starts), strict=True):
        following = start if page else following
        shared.append(following)
    return tuple(reversed(shared))


def _without_addresses(segments: list[Segment]) -> str:
    """Reduce and lay out until nothing changes, so that the result is a fixed point by construction."""
    original = join_segments(segments)
    text = original
    for _ in range(MOST_PASSES):
        reduced = _reduced(segments)
        if reduced == segments:
            return text
        segments = lay_out(clean_characters(join_segments(reduced))[0])
        text = join_segments(segments)
    return original


def _reduced(segments: list[Segment]) -> list[Segment]:
    texts = iter(drop_addresses([segment.text for segment in segments if not segment.is_code]))
    return [segment if segment.is_code else segment._replace(text=next(texts)) for segment in segments]
