"""Vectors that keep word overlap: words and word pairs fall into places of the vector, chosen by a stable hash.

The same text gives the same bytes on every machine: sums are of whole numbers below 2**53, hence exact in any order.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mock_providers.openai.encoders.interface import Matrix
from mock_providers.openai.encoders.word_features import signed_place
from mock_providers.openai.encoders.word_table import Integers, WordTable

# Chinese and Japanese characters and Korean syllables count as a word each: nothing stands between their words.
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_SLICE = 256
_MOST_OCCURRENCES = 10_000
_FREQUENCY_SCALE = 16
_PAIR_WEIGHT = 36 * _FREQUENCY_SCALE
_COMMON_PAIR_WEIGHT = 6 * _FREQUENCY_SCALE
_FALLBACK_PLACES = 8
_MIX_LEFT, _MIX_RIGHT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)

# A word that occurs n times counts 1 + ln(n) / 5 times, in whole sixteenths: what is said often says little more.
_FREQUENCY = np.array(
    [0] + [round(_FREQUENCY_SCALE * (1 + math.log(count) / 5)) for count in range(1, _MOST_OCCURRENCES + 1)], np.int64
)


class LexicalEncoder:
    """Encodes by hashed words; keeps the features of words that it has met."""

    def __init__(self) -> None:
        self._words = WordTable()

    def encode(self, texts: Sequence[str], dimensions: int) -> Matrix:
        """Return one row of length 1 per text."""
        vectors = np.empty((len(texts), dimensions), np.float32)
        for start in range(0, len(texts), _SLICE):
            piece = texts[start : start + _SLICE]
            vectors[start : start + len(piece)] = self._encode_slice(piece, dimensions)
        return vectors

    def _encode_slice(self, texts: Sequence[str], dimensions: int) -> Matrix:
        words = [_WORDS.findall(unicodedata.normalize("NFKC", text).lower()) for text in texts]
        rows, places, weights = self._words.look_up(words)
        owners = np.repeat(np.arange(len(texts)), [len(found) for found in words])
        amounts = [_word_amounts(owners, rows, places, weights, dimensions)]
        amounts.append(_pair_amounts(owners, rows, places, weights, dimensions))
        cells = np.concatenate([found[0] for found in amounts])
        values = np.concatenate([found[1] for found in amounts]).astype(np.float64)
        flat = np.bincount(cells, values, len(texts) * dimensions).astype(np.float64)
        return _units(flat.reshape(len(texts), dimensions), texts)


def _word_amounts(
    owners: Integers, rows: Integers, places: Integers, weights: Integers, dimensions: int
) -> tuple[Integers, Integers]:
    """Return cells and amounts of the words of each text, each word counted by its frequency."""
    pairs, counts = np.unique(owners * len(places) + rows, return_counts=True)
    owner, row = np.divmod(pairs, len(places))
    frequency = _FREQUENCY[np.minimum(counts, _MOST_OCCURRENCES)]
    cells = owner[:, None] * dimensions + places[row] % dimensions
    return cells.ravel(), (weights[row] * frequency[:, None]).ravel()


def _pair_amounts(
    owners: Integers, rows: Integers, places: Integers, weights: Integers, dimensions: int
) -> tuple[Integers, Integers]:
    """Return cells and amounts of neighbouring words, each pair once: a phrase finds the passage that holds it."""
    inside = np.flatnonzero(owners[:-1] == owners[1:])
    known = (owners[inside] * len(places) + rows[inside]) * len(places) + rows[inside + 1]
    first = inside[np.unique(known, return_index=True)[1]]
    left, right = rows[first], rows[first + 1]
    mixed = (places[left, 0].astype(np.uint64) * _MIX_LEFT) ^ (places[right, 0].astype(np.uint64) * _MIX_RIGHT)
    mixed ^= mixed >> np.uint64(29)
    cells = owners[first] * dimensions + (mixed >> np.uint64(2)).astype(np.int64) % dimensions
    common = WordTable.is_common(weights)
    sizes = np.where(common[left] & common[right], _COMMON_PAIR_WEIGHT, _PAIR_WEIGHT)
    return cells, np.where(mixed & np.uint64(1), sizes, -sizes)


def _units(sums: NDArray[np.float64], texts: Sequence[str]) -> Matrix:
    """Return the rows at length 1; a row of zeros gets the places of its text's own hash."""
    for row in np.flatnonzero(~sums.any(axis=1)).tolist():
        for number in range(_FALLBACK_PLACES):
            place, sign = signed_place(f"text:{number}:{texts[row]}")
            # Powers of two cannot cancel each other out.
            sums[row, place % sums.shape[1]] += sign * 2**number
    lengths: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    return np.divide(sums, lengths[:, None]).astype(np.float32)
