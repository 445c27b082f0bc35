"""Batches: every item once, in order, and never more than a provider takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.batching import batches


def cut(sizes: list[int], most_items: int, most_bytes: int) -> list[list[int]]:
    """Return batches of items that are as large as they say."""
    return list(batches(sizes, size_bytes=lambda size: size, max_items=most_items, max_tokens=most_bytes))


WORK = {"sizes": st.lists(st.integers(0, 50)), "most_items": st.integers(1, 8), "most_bytes": st.integers(1, 60)}


@given(**WORK)
def test_every_item_comes_once_and_in_order(sizes: list[int], most_items: int, most_bytes: int) -> None:
    """Nothing is lost, repeated or moved, and no batch is empty."""
    found = cut(sizes, most_items, most_bytes)

    assert sizes == [size for batch in found for size in batch]
    assert all(found)


@given(**WORK)
def test_no_batch_is_over_a_limit(sizes: list[int], most_items: int, most_bytes: int) -> None:
    """Count and bytes stay within their limits; only an item that is too large on its own comes alone."""
    for batch in cut(sizes, most_items, most_bytes):
        assert len(batch) <= most_items
        assert sum(batch) <= most_bytes or 1 == len(batch)


@given(**WORK)
def test_no_batch_is_cut_too_early(sizes: list[int], most_items: int, most_bytes: int) -> None:
    """The next item would not have fitted, so no more requests are made than needed in this order."""
    found = cut(sizes, most_items, most_bytes)

    for batch, following in pairwise(found):
        assert len(batch) == most_items or sum(batch) + following[0] > most_bytes


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([10], [[10]]),
        ([5, 5, 1], [[5, 5], [1]]),
        ([11, 1], [[11], [1]]),
        ([1, 11, 1], [[1], [11], [1]]),
        ([0, 0, 0, 0], [[0, 0, 0], [0]]),
    ],
)
def test_batches_are_cut_like_this(sizes: list[int], expected: list[list[int]]) -> None:
    """At most 3 items and 10 bytes: a full one is closed, a giant stands alone."""
    assert expected == cut(sizes, 3, 10)


def test_work_is_taken_as_it_is_needed() -> None:
    """A long document is never held as a whole: one batch reads one item ahead."""
    seen: list[int] = []

    def items() -> Iterator[int]:
        for item in range(1000):
            seen.append(item)
            yield item

    first = next(batches(items(), size_bytes=lambda _: 1, max_items=4, max_tokens=100))

    assert [0, 1, 2, 3] == first
    assert [0, 1, 2, 3, 4] == seen
