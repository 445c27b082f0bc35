"""Answers with status 200 whose content is wrong, by the kind of the fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mock_providers.openai.answer import Answer, Item

Change = Callable[[Answer, int], Answer]
"""Spoils an answer; the number is the place of the input that the fault is meant for."""
ItemsChange = Callable[[list[Item], int], list[Item]]


def _items(change: ItemsChange) -> Change:
    return lambda answer, place: replace(answer, items=change(list(answer.items), place))


def _one(change: Callable[[Item], Item]) -> Change:
    return _items(lambda items, place: [*items[:place], change(items[place]), *items[place + 1 :]])


def _filled(value: float) -> Change:
    return _one(lambda item: replace(item, vector=None if item.vector is None else np.full_like(item.vector, value)))


def _shortened(item: Item) -> Item:
    return replace(item, vector=None if item.vector is None else item.vector[:-1])


WRONG_ANSWERS: dict[str, Change] = {
    "reordered": _items(lambda items, _: items[::-1]),
    "short_batch": _items(lambda items, _: items[:-1]),
    "extra_item": _items(lambda items, _: [*items, replace(items[0], index=len(items))]),
    "empty_data": _items(lambda _items, _place: []),
    "duplicate_index": _items(lambda items, _: [replace(item, index=0) for item in items]),
    "missing_index": _one(lambda item: replace(item, index=None)),
    "wrong_dimension": _items(lambda items, _: [_shortened(item) for item in items]),
    "zero_vector": _filled(0.0),
    "nan_vector": _filled(float("nan")),
    "inf_vector": _filled(float("inf")),
    "null_vector": _one(lambda item: replace(item, vector=None)),
    "missing_usage": lambda answer, _: replace(answer, tokens=None),
    "float_answer": lambda answer, _: replace(answer, encoding_format="float"),
}
