"""Lists of page numbers as text, as `1,3,5-8`, counted from 1."""

from __future__ import annotations

import re
from itertools import pairwise

_PART = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


def read_page_list(text: str) -> list[range]:
    """Return the ranges that `text` names, sorted by their first page.

    Raises `ValueError` for anything else, and for a page that is named twice.
    """
    ranges = sorted((_read_part(part.strip()) for part in text.split(",")), key=lambda pages: pages.start)
    for left, right in pairwise(ranges):
        if right.start < left.stop:
            raise ValueError(f"page {right.start} is named twice")
    return ranges


def cut_ranges(wanted: list[range], total: int, size: int) -> list[range]:
    """Return `wanted`, kept within pages 1 to `total`, in pieces of at most `size` pages."""
    kept = [range(pages.start, min(pages.stop, total + 1)) for pages in wanted]
    return [
        range(start, min(start + size, pages.stop)) for pages in kept for start in range(pages.start, pages.stop, size)
    ]


def _read_part(part: str) -> range:
    found = _PART.fullmatch(part)
    if not found:
        raise ValueError("page lists look like '1,3,5-8'")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last:
        raise ValueError("pages are counted from 1, and a range goes upwards")
    return range(first, last + 1)
