"""A page in parts: the normal form of a page too long to be held as a whole, byte for byte that of `normalise_page`.

Lines are local to a part that ends with one, links to what lies between blank lines. Only two things need all of a
page: definitions of references, and whether links are left, which decides how often the page is gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from accessa.domain.normalise.characters import clean_characters
from accessa.domain.normalise.layout import Layout, Segment
from accessa.domain.normalise.links import drop_addresses, holds_definition
from accessa.domain.normalise.page import MOST_PASSES

ATTEMPTS: tuple[int | None, ...] = (*range(MOST_PASSES), None)
"""How often the links of a page are reduced, in the order to try."""


class WholePageNeededError(Exception):
    """The page has definitions of references, which may stand far from their links."""


class LinksRemainError(Exception):
    """Links are left after the passes that were made: the page has to be gone through once more."""


class PageInParts:
    """One run over one page; `passes` is how often its links are reduced, or None to leave all of them."""

    def __init__(self, passes: int | None) -> None:
        self._layouts = [Layout() for _ in range((passes or 0) + 1)]
        self._keeps_links = passes is None
        self._has_begun = False
        self.removed_characters = 0

    def normal_parts(self, parts: Iterable[str]) -> Iterator[str]:
        """Yield the page's normal form, which ends with a line end unless it is empty.

        Raises `LinksRemainError` and `WholePageNeededError`; then all that was yielded is void.
        """
        for block in cut_after(self._clean(parts), _blank_line):
            yield from self._joined(self._reduced(block.removesuffix("\n"), 0))
        for number, layout in enumerate(self._layouts):
            layout.close()
            yield from self._joined(self._passed_on(layout.segments(), number))
        if self._has_begun:
            yield "\n"

    def _clean(self, parts: Iterable[str]) -> Iterator[str]:
        for lines in cut_after(parts, _line_end):
            clean, removed = clean_characters(lines)
            self.removed_characters += removed
            yield clean

    def _reduced(self, lines: str, number: int) -> list[Segment]:
        """The lines as they leave the last layout, when they enter the one of that number."""
        self._layouts[number].take(lines)
        return self._passed_on(self._layouts[number].segments(), number)

    def _passed_on(self, segments: list[Segment], number: int) -> list[Segment]:
        if self._keeps_links or not segments:
            return segments
        texts = [segment.text for segment in segments if not segment.is_code]
        if any(map(holds_definition, texts)):
            raise WholePageNeededError
        reduced = drop_addresses(texts)
        if number + 1 == len(self._layouts):
            if reduced != texts:
                raise LinksRemainError
            return segments
        rest = iter(reduced)
        lines = "\n".join(segment.text if segment.is_code else next(rest) for segment in segments)
        return self._reduced(clean_characters(lines)[0], number + 1)

    def _joined(self, segments: list[Segment]) -> Iterator[str]:
        for segment in segments:
            yield f"\n{segment.text}" if self._has_begun else segment.text
            self._has_begun = True


def cut_after(parts: Iterable[str], border: Callable[[str], int]) -> Iterator[str]:
    """Yield the same text in parts that end with a border: where `border` finds the last of a part, or 0 for none."""
    held: list[str] = []
    for part in parts:
        cut = border(part)
        if cut:
            yield "".join([*held, part[:cut]])
            held = []
        held.append(part[cut:])
    yield "".join(held)


def _line_end(part: str) -> int:
    """A carriage return at the end may be half of a line end."""
    return max(part.rfind("\n"), part.rfind("\r", 0, -1)) + 1


def _blank_line(part: str) -> int:
    return part.rfind("\n\n") + 1
