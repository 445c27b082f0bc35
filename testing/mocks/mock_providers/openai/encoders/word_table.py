"""Row numbers and features of the words that were met, shared by threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mock_providers.openai.encoders.word_features import COMMON_WEIGHT, FEATURES, features_of

Integers = NDArray[np.int64]

_MOST_WORDS = 200_000
_FIRST_ROWS = 1024


class WordTable:
    """Two growing tables, places and weights, with one row per word; starts anew when it grows too large."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._start()

    def look_up(self, texts: Sequence[Sequence[str]]) -> tuple[Integers, Integers, Integers]:
        """Return the row of every word in turn, and the tables of places and weights by row."""
        with self._turn:
            if len(self._rows) > _MOST_WORDS:
                self._start()
            rows = np.fromiter((self._row(word) for words in texts for word in words), np.int64)
            return rows, self._places, self._weights

    @staticmethod
    def is_common(weights: Integers) -> NDArray[np.bool_]:
        """Tell by row of a table of weights whether the word is a very common one."""
        common: NDArray[np.bool_] = np.abs(weights[:, 0]) == COMMON_WEIGHT
        return common

    def _start(self) -> None:
        self._rows: dict[str, int] = {}
        self._places: Integers = np.zeros((_FIRST_ROWS, FEATURES), np.int64)
        self._weights: Integers = np.zeros((_FIRST_ROWS, FEATURES), np.int64)

    def _row(self, word: str) -> int:
        row = self._rows.get(word)
        if row is None:
            row = len(self._rows)
            if row == len(self._places):
                # Tables that were handed out are never changed, only left behind.
                self._places = np.concatenate([self._places, np.zeros_like(self._places)])
                self._weights = np.concatenate([self._weights, np.zeros_like(self._weights)])
            features = features_of(word)
            self._places[row] = [feature.place for feature in features]
            self._weights[row] = [feature.weight for feature in features]
            self._rows[word] = row
        return row
