"""Page lists are read strictly, and cut into ranges that cover exactly the wanted pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_providers.llamaparse.page_ranges import cut_ranges, read_page_list


def test_ranges_and_single_pages_are_read_in_order() -> None:
    """Pages and ranges may come in any order and are sorted."""
    assert [range(1, 2), range(3, 4), range(5, 9)] == read_page_list("3, 5-8,1")


@pytest.mark.parametrize("text", ["", "0", "a", "3-1", "1,,2", "1-3,3", "5,5", "-1", "1-2-3"])
def test_other_lists_are_refused(text: str) -> None:
    """Page 0, backward ranges, doubled pages and anything else are errors."""
    with pytest.raises(ValueError, match=r"."):
        read_page_list(text)


@given(first=st.integers(1, 50), length=st.integers(1, 50), total=st.integers(0, 60), size=st.integers(1, 20))
def test_pieces_cover_the_wanted_pages_once(first: int, length: int, total: int, size: int) -> None:
    """No piece is larger than asked, and together they are the wanted pages that exist."""
    wanted = range(first, first + length)

    pieces = cut_ranges([wanted], total, size)

    assert [page for page in wanted if page <= total] == [page for piece in pieces for page in piece]
    assert all(0 < len(piece) <= size for piece in pieces)
