"""Words that a question and a passage share, the rare ones counting most.

Nearness of vectors knows meaning but blurs names, numbers and rare terms; shared words know just these.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
# Scripts that put no blanks between words, and Korean, whose particles cling to them: pairs of signs stand for words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_ENDINGS = ("ing", "ies", "es", "ed", "s", "e")
_SHORTEST_STEM = 3


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text in a form that compares: one case, one width, without English endings."""
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        found.update(_forms(word))
    return frozenset(found)


def shares(question: str, passages: Sequence[str]) -> list[float]:
    """Return for each passage which share of the question's words it holds, from 0 to 1.

    A word weighs the more, the fewer of `passages` hold it. A question without words shares nothing.
    """
    wanted = words_of(question)
    held = [wanted & words_of(passage) for passage in passages]
    holders = Counter(word for words in held for word in words)
    weights = {word: math.log(1 + (len(passages) - holders[word] + 0.5) / (holders[word] + 0.5)) for word in wanted}
    total = math.fsum(weights.values())
    # In one order, so that equal passages are equal to the last digit.
    return [math.fsum(weights[word] for word in words) / total if total else 0.0 for words in held]


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[str, ...]:
    if _UNSPACED.search(word):
        return tuple(word[place : place + 2] for place in range(max(1, len(word) - 1)))
    return (_stem(word),)


def _stem(word: str) -> str:
    if not (word.isascii() and word.isalpha()):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
