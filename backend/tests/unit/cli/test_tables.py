"""How a table is fitted to the terminal."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console

from accessa.cli.shortening import shortened
from accessa.cli.tables import Column, Kind, live_table

COLUMNS = (Column("id"), Column("file", Kind.NAME), Column("pages", spare=1), Column("outcome", Kind.WORDS))
ROW = ("0b54f0c6", "a-rather-long-name-of-a-file.pdf", 12, "NEEDS_OCR: The pages hold no text")


def drawn(width: int) -> list[str]:
    """Return the lines of one row at a width."""
    screen = Console(width=width, file=io.StringIO())
    screen.print(live_table(COLUMNS, [ROW], width))
    assert isinstance(screen.file, io.StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (90, ["0b54f0c6  a-rather-long-name-of-a-file.pdf  12     NEEDS_OCR: The pages hold no text"]),
        (80, ["0b54f0c6  a-rather-long…-of-a-file.pdf  12     NEEDS_OCR: The pages hold no text"]),
        (55, ["0b54f0c6  a-rat…le.pdf  12     NEEDS_OCR: The pages", "                               hold no text"]),
        (50, ["0b54f0c6  a-rath…ile.pdf  NEEDS_OCR: The pages", "                          hold no text"]),
        (45, ["id: 0b54f0c6", "file: a-rather-long-name-of-a-file.pdf", "pages: 12"]),
    ],
)
def test_a_table_gives_way_in_steps(width: int, lines: list[str]) -> None:
    """First the name is cut, then words go on below, then a spare column is left out; the last step is a block."""
    found = drawn(width)

    assert width >= max(map(cell_len, found))
    assert lines == (found[:3] if found[0].startswith("id: ") else found[2:])


@pytest.mark.parametrize(
    ("path", "width", "told"),
    [
        ("policy.pdf", 10, "policy.pdf"),
        ("/home/me/documents/policy.pdf", 20, "…ocuments/policy.pdf"),
        ("/home/me/policy.pdf", 11, "…policy.pdf"),
        ("/home/me/policy.pdf", 10, "policy.pdf"),
        ("a-rather-long-name.pdf", 12, "a-rat…me.pdf"),
        ("保险保险保险保险.pdf", 12, "保险…险.pdf"),
    ],
)
def test_a_path_is_shortened_where_it_tells_least(path: str, width: int, told: str) -> None:
    """Folders go first, then the middle of the name; its end and suffix stay."""
    assert told == shortened(path, width)


def test_no_shortened_path_is_too_wide() -> None:
    """Whatever the room and the script, the result fits and never shrinks when there is more room."""
    for path in ("/home/me/documents/policy.pdf", "保险" * 30 + ".md", "é" * 200):
        widths = [cell_len(shortened(path, width)) for width in range(8, 60)]
        assert [] == [width for width, cells in zip(range(8, 60), widths, strict=True) if cells > width]
        assert all(later >= earlier - 1 for earlier, later in pairwise(widths))
