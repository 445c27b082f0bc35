"""Cuts work into embedding requests that no provider limit can refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

BYTES_PER_TOKEN = 3
"""What a token covers at least in nearly all text: good for an estimate, not for a limit."""

Item = TypeVar("Item")


def batches(
    items: Iterable[Item], *, size_bytes: Callable[[Item], int], max_items: int, max_tokens: int
) -> Iterator[list[Item]]:
    """Yield items in order, in lists of at most `max_items` whose UTF-8 bytes stay within `max_tokens`.

    A token of a byte-level vocabulary covers at least one byte, so bytes never undercount tokens. An item that is
    larger than the limit on its own comes alone.
    """
    open_batch: list[Item] = []
    used = 0
    for item in items:
        size = size_bytes(item)
        if open_batch and (len(open_batch) == max_items or used + size > max_tokens):
            yield open_batch
            open_batch, used = [], 0
        open_batch.append(item)
        used += size
    if open_batch:
        yield open_batch


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """Return whole shares of `total` that follow the weights as closely as can be and add up to it."""
    whole = sum(weights) or 1
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(total * weights[place] % whole))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares
