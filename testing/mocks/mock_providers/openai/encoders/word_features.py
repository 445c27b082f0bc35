"""The features of a word: where they fall in a vector, and how much they weigh.

All weights are whole numbers, so that sums of them are exact and do not depend on the order of adding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from mock_providers.openai.encoders.stop_words import STOP_WORDS

FEATURES = 8
"""Features per word: the word, its stem, and up to six of its letter groups."""

_WORD_WEIGHT = 40
_STEM_WEIGHT = 36
_GROUP_WEIGHT = 5
COMMON_WEIGHT = 3
_GROUP_LETTERS = 3
_SHORTEST_WITH_GROUPS = 4
_SHORTEST_STEM = 3
_PLURALS = (
    ("sses", "ss"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("ies", "y"),
    ("ss", "ss"),
    ("us", "us"),
    ("s", ""),
)
_ENDINGS = (("ing", ""), ("ed", ""), ("ly", ""))
_SILENT = (("e", ""),)


class Feature(NamedTuple):
    """One feature: a stable number that chooses the place, and a signed weight."""

    place: int
    weight: int


def features_of(word: str) -> list[Feature]:
    """Return exactly `FEATURES` features of a lower-case word; unused ones weigh nothing."""
    if word in STOP_WORDS:
        wanted = [("word", word, COMMON_WEIGHT)]
    else:
        wanted = [("word", word, _WORD_WEIGHT), ("stem", stem_of(word), _STEM_WEIGHT)]
        wanted += [("group", group, _GROUP_WEIGHT) for group in _groups(word)]
    found = [_feature(kind, text, weight) for kind, text, weight in wanted]
    return found + [Feature(0, 0)] * (FEATURES - len(found))


def stem_of(word: str) -> str:
    """Return the word without its common English endings."""
    singular = _without(word, _PLURALS)
    return _without(_without(singular, _ENDINGS), _SILENT)


def signed_place(text: str) -> tuple[int, int]:
    """Return the stable number of a text below 2**62, and a sign of +1 or -1."""
    number = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return number >> 2, 1 if number & 1 else -1


def _without(word: str, endings: Sequence[tuple[str, str]]) -> str:
    """Put the first fitting ending's other form in its place, while enough letters remain."""
    for ending, other in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending) + other
    return word


def _feature(kind: str, text: str, weight: int) -> Feature:
    place, sign = signed_place(f"{kind}:{text}")
    return Feature(place, sign * weight)


def _groups(word: str) -> list[str]:
    if len(word) < _SHORTEST_WITH_GROUPS:
        return []
    bounded = f"^{word}$"
    groups = [bounded[start : start + _GROUP_LETTERS] for start in range(len(bounded) - _GROUP_LETTERS + 1)]
    return groups[: FEATURES - 2]
