"""The faults that the OpenAI simulator can play: refused requests, slow answers and wrong answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mock_providers.openai import errors
from mock_providers.openai.answer import Item

REFUSALS: dict[str, Callable[[], errors.ApiError]] = {
    "rate_limit": lambda: errors.rate_limited("requests", 3000, 3000, 1, 1.0),
    "quota": errors.no_money,
    "slow_down": errors.slow_down,
    "unauthorized": errors.wrong_key,
    "server_error": errors.server_error,
    "overloaded": errors.overloaded,
}

DELAYS = frozenset({"slow_answer"})
"""`value` is the number of seconds before the answer."""

Change = Callable[[list[Item]], list[Item]]


def _with_first(items: list[Item], value: float) -> list[Item]:
    return [Item(items[0].index, np.full_like(items[0].vector, value)), *items[1:]]


WRONG_ANSWERS: dict[str, Change] = {
    "reordered": lambda items: items[::-1],
    "short_batch": lambda items: items[:-1],
    "extra_item": lambda items: [*items, Item(len(items), items[0].vector)],
    "duplicate_index": lambda items: [Item(0, item.vector) for item in items],
    "wrong_dimension": lambda items: [Item(item.index, item.vector[:-1]) for item in items],
    "zero_vector": lambda items: _with_first(items, 0.0),
    "nan_vector": lambda items: _with_first(items, float("nan")),
}

ALL = REFUSALS.keys() | DELAYS | WRONG_ANSWERS.keys()
MENDED_BY_RETRY = ("rate_limit", "server_error", "overloaded")
