"""Chunking keeps its bounds, loses nothing, and takes linear time and little memory on hostile text."""

from __future__ import annotations

import hashlib
import re
import time
import tracemalloc
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accessa.domain.chunking import LARGEST_CHUNK, Chunk, chunk_text
from accessa.domain.normalise import join_pages, normalise_page

PIECES = [
    "word",
    "word " * 40,
    "One. ",
    "Two! ",
    "漢字。",
    "かな" * 30,
    "e\u0301",
    "\U0001f468\u200d\U0001f469" * 9,
    "x" * 120,
]
PIECES += [" ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u3000", "\x1c", "\u2028"]
PIECES += [
    "# ",
    "## A\n",
    "### B\n\n",
    "#",
    "A\n===\n",
    "B\n---\n",
    "- ",
    "1. ",
    "> ",
    "| a | b |\n",
    "```\n",
    "~~~~\n",
    "`",
    "---\n",
]

pages_of_pieces = st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), max_size=4)
limits = st.one_of(st.integers(1, 40), st.sampled_from([100, 333, 1000, LARGEST_CHUNK]))
sections = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 60)), min_size=1, max_size=25
)  # level (0 is a paragraph), length in words


def checked(text: str, page_starts: Sequence[int], max_chars: int) -> list[Chunk]:
    """Return the chunks after asserting every bound that each list of chunks keeps."""
    chunks = list(chunk_text(text, page_starts, max_chars=max_chars))
    assert list(range(len(chunks))) == [chunk.ordinal for chunk in chunks]
    borders = [0, *(border for chunk in chunks for border in (chunk.start, chunk.end)), len(text)]
    assert sorted(borders) == borders
    between = "".join(text[end:start] for end, start in zip(borders[::2], borders[1::2], strict=True))
    assert "" == between.strip()
    for chunk in chunks:
        assert_bounds(chunk, text, max_chars)
        assert bisect_right(page_starts, chunk.start) == chunk.page
        assert bisect_right(page_starts, chunk.end - 1) == chunk.page_end
        later = [start for start in page_starts if chunk.start < start < chunk.end]
        assert later == [chunk.start + offset for offset in chunk.page_breaks]
    return chunks


def assert_bounds(chunk: Chunk, text: str, max_chars: int) -> None:
    """Assert what holds for each chunk by itself."""
    assert text[chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
    assert hashlib.sha256(chunk.text.encode()).hexdigest() == chunk.sha256
    assert len(chunk.text) <= max_chars
    assert len(chunk.text.encode()) <= 8_000
    assert all(0 < len(heading) <= 200 for heading in chunk.headings)


@settings(max_examples=200, deadline=None)
@given(pages_of_pieces, limits)
def test_every_list_of_chunks_keeps_its_bounds(sources: list[str], max_chars: int) -> None:
    """Normalised pages: sizes, order, offsets, pages, hashes, and each visible character in exactly one chunk."""
    text, page_starts = join_pages([normalise_page(source).text for source in sources])
    checked(text, page_starts or (0,), max_chars)


@settings(max_examples=200, deadline=None)
@given(pages_of_pieces, limits)
def test_the_bounds_hold_for_text_that_nobody_normalised(sources: list[str], max_chars: int) -> None:
    """The chunker does not rely on normal text: pages may begin anywhere, in the middle of a line too."""
    checked("".join(sources), list(accumulate(map(len, sources[:-1]), initial=0)), max_chars)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), limits)
def test_the_bounds_hold_for_any_text(text: str, max_chars: int) -> None:
    """No character is special."""
    checked(text, (0,), max_chars)


@settings(max_examples=100, deadline=None)
@given(pages_of_pieces, limits)
def test_the_same_text_gives_the_same_chunks(sources: list[str], max_chars: int) -> None:
    """Chunking depends on nothing but its arguments."""
    text = "".join(sources)
    assert list(chunk_text(text, (0,), max_chars=max_chars)) == list(chunk_text(text, [0], max_chars=max_chars))


@settings(max_examples=200, deadline=None)
@given(sections)
@example([(1, 1), (2, 1), (2, 1), (0, 60), (3, 1), (0, 50), (2, 2), (0, 9), (1, 1)])
def test_headings_are_those_above_the_first_passage(outline: list[tuple[int, int]]) -> None:
    """Each chunk carries the path in force at its first line that is not a heading, or at its last heading."""
    text, paths = outlined(outline)
    for chunk in checked(text, (0,), 300):
        lines = [(found.start(), found.group()) for found in re.finditer(r"[^\n]+", text[: chunk.end])]
        inside = [(start, line) for start, line in lines if start + len(line) > chunk.start]
        first_text = next((start for start, line in inside if not line.startswith("#")), inside[-1][0])
        assert paths[first_text] == chunk.headings


@settings(max_examples=200, deadline=None)
@given(sections)
def test_a_heading_is_never_parted_from_its_text(outline: list[tuple[int, int]]) -> None:
    """Only the last chunk may end with a heading; where few headings follow one another, all others end with text."""
    parts = [part for index, first in enumerate(outline) for part in ([first, (0, 9)] if index % 4 == 3 else [first])]
    text, _ = outlined(parts)
    for chunk in checked(text, (0,), 300)[:-1]:
        assert not chunk.text.rpartition("\n")[2].startswith("#")


def outlined(outline: list[tuple[int, int]]) -> tuple[str, dict[int, tuple[str, ...]]]:
    """Return a text of headings and paragraphs, and the path in force at the offset of each of its lines."""
    text = ""
    path: dict[int, str] = {}
    paths = {}
    for index, (level, words) in enumerate(outline):
        if level:
            path = {above: title for above, title in path.items() if above < level} | {level: f"title {index}"}
        paths[len(text)] = tuple(path.values())
        text += f"{'#' * level} title {index}\n\n" if level else "word " * words + "\n\n"
    return text, paths


HOSTILE: dict[str, Callable[[], str]] = {
    "one line": lambda: "word " * 400_000,
    "no border": lambda: "x" * 2_000_000,
    "marks": lambda: "e" + "\u0301" * 1_000_000,
    "Chinese": lambda: "漢字。" * 300_000,
    "headings": lambda: "# heading\n" * 100_000,
    "levels": lambda: "".join("#" * (index % 6 + 1) + " h\n" for index in range(100_000)),
    "one heading": lambda: "# " * 1_000_000,
    "lines": lambda: "ab c\n" * 1_000_000,
    "paragraphs": lambda: "ab c\n\n" * 200_000,
    "nested list": lambda: "".join(" " * (index % 100) + "- x\n" for index in range(40_000)),
    "fences": lambda: "```\n~~~\n" * 100_000,
    "growing fences": lambda: "".join("`" * (index + 3) + "\nx\n" for index in range(1500)),
    "shrinking fences": lambda: "".join("`" * (1500 - index) + "\nx\n" for index in range(1400)),
    "table": lambda: "| a | b |\n" * 200_000,
    "bars": lambda: "|" * 1_000_000,
    "gaps": lambda: ("a" + " " * 3000) * 700,
    "blank lines": lambda: "a" + "\n" * 2_000_000 + "b",
    "blanks": lambda: " " * 2_000_000 + "b",
    "indented": lambda: "\n".join(" " * 1000 + "b" for _ in range(2000)),
    "underlines": lambda: "a\n===\n" * 100_000,
    "dashes": lambda: "-" * 1_000_000 + "\n" + "- " * 500_000,
    "dots": lambda: "." * 1_000_000,
    "quotes": lambda: '."' * 500_000,
}


@pytest.mark.parametrize("make_text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(make_text: Callable[[], str]) -> None:
    """Millions of characters of the worst sorts take seconds, and lose nothing."""
    text = make_text()
    began = time.process_time()
    chunks = list(chunk_text(text, (0,)))
    assert time.process_time() - began < 10
    assert "".join(text.split()) == "".join("".join(chunk.text.split()) for chunk in chunks)


def test_a_hundred_thousand_pages_with_open_fences_take_seconds() -> None:
    """Each page ends what is open, at no cost for the pages after it."""
    page = "```\ncode\n"
    began = time.process_time()
    chunks = list(chunk_text(page * 100_000, range(0, len(page) * 100_000, len(page))))
    assert time.process_time() - began < 10
    assert (1, 100_000) == (chunks[0].page, chunks[-1].page_end)


def test_chunks_come_one_by_one_in_small_memory() -> None:
    """The first chunks of 6 MB are there at once, and all of them take no memory that grows with the text."""
    text = ("A paragraph of a long document, with a sentence or two. " * 6 + "\n\n") * 18_000
    tracemalloc.start()
    began = time.process_time()
    first = list(islice(chunk_text(text, (0,)), 3))
    assert time.process_time() - began < 1
    total = sum(len(chunk.text) for chunk in chunk_text(text, (0,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 3 == len(first)
    assert total > 6_000_000
    assert peak < 1_000_000


def test_ordinary_text_is_chunked_at_many_megabytes_a_second() -> None:
    """A floor far below the usual speed, so that only a blunder breaks it."""
    paragraph = "The pipeline stores every chunk of a document once and never pays twice for it. " * 4 + "\n\n"
    text = ("## Section\n\n" + paragraph * 4 + "- an item\n" * 5 + "\n") * 3_000
    began = time.process_time()
    chunks = sum(1 for _ in chunk_text(text, (0,)))
    seconds = time.process_time() - began
    assert chunks > 3_000
    assert len(text) / 1_000_000 / seconds > 5
