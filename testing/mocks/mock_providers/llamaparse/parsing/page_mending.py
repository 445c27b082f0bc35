"""The Markdown of a page, held against its lines: what was lost comes back, and what was torn is joined again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from mock_providers.llamaparse.parsing.blocks import cut_blocks, is_table
from mock_providers.llamaparse.parsing.placing import Placing
from mock_providers.llamaparse.parsing.reflow import lines_of, reflow
from mock_providers.llamaparse.parsing.tables import cut_at_titles, is_box, is_torn_text
from mock_providers.llamaparse.parsing.text_lines import Piece, TextLine, is_short, letters
from mock_providers.llamaparse.parsing.torn_columns import torn_columns

IsTitle = Callable[[str], bool]


def mend_page(
    markdown: str,
    lines: Sequence[TextLine],
    is_title: IsTitle,
    running: Collection[int] = (),
    contents: Collection[int] = (),
) -> str:
    """Return the Markdown with every line of the page in it, but those whose numbers are in `running` or `contents`."""
    titles = {letters(line.text) for line in lines if line.number not in running and is_title(line.words)}
    page = _Page(cut_at_titles(cut_blocks(markdown), titles), is_title)
    page.place(lines, running, contents)
    page.judge("\n".join(line.text for line in lines))
    return "\n\n".join(page.blocks())


class _Page:
    def __init__(self, blocks: list[str], is_title: IsTitle) -> None:
        self._blocks = blocks
        self._is_title = is_title
        self._held: dict[int, list[Piece]] = defaultdict(list)
        """The pieces of the page's text by the block that holds them."""
        self._lost: dict[int, list[Piece]] = defaultdict(list)
        """The pieces that no block holds, by the block that holds what stands before them."""
        self._again: set[int] = set()
        """The blocks that are made again from the lines of the page."""

    def place(self, lines: Sequence[TextLine], running: Collection[int], contents: Collection[int]) -> None:
        """Find each line in the blocks."""
        placing = Placing(self._blocks)
        last = -1
        # A page number is also found within other lines, which have to find their own first.
        for line in sorted(lines, key=lambda line: line.number in running and is_short(line)):
            for piece, block in placing.place(line):
                last = last if block is None else block
                if line.number in contents:
                    self._drop(block)
                elif line.number in running:
                    # Its number may have been found in a table by chance.
                    self._drop(None if block is None or is_table(self._blocks[block]) else block)
                elif block is None:
                    self._lost[last].append(piece)
                else:
                    self._held[block].append(piece)
                if block is not None and line.number not in running and self._hides_title(block, line):
                    self._again.add(block)

    def _drop(self, block: int | None) -> None:
        if block is not None:
            self._again.add(block)

    def _hides_title(self, block: int, line: TextLine) -> bool:
        return self._is_title(line.words) and letters(self._blocks[block]) != letters(line.text)

    def judge(self, text: str) -> None:
        """Find the blocks that are no good, given the lines of the page."""
        self._again |= {
            number for number, block in enumerate(self._blocks) if is_box(block) or is_torn_text(block, text)
        }
        whole = {number for number, block in enumerate(self._blocks) if is_table(block) or block.startswith("#")}
        kept = whole - self._again
        for group in torn_columns(self._held, kept):
            first = min(group)
            for number in sorted(group - {first}):
                self._held[first] += self._held.pop(number, [])
                self._lost[first] += self._lost.pop(number, [])
            self._again |= group

    def blocks(self) -> list[str]:
        """Return the blocks of the page, mended."""
        made = reflow(lines_of(self._lost[-1]), self._is_title)
        for number, block in enumerate(self._blocks):
            lost = self._lost.get(number, [])
            if number in self._again:
                pieces = [*self._held.get(number, []), *lost]
                made += reflow(lines_of(pieces), self._is_title, boxed=is_box(block))
            else:
                made += [block, *reflow(lines_of(lost), self._is_title)]
        return made
