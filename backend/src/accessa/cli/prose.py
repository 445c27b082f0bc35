"""Finds running prose in passages: a sentence that a person would search for, and no debris of tables or contents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import category

_FEWEST_WORDS = 6
_MOST_WORDS = 25
_WORDS_OF_LINE = 12
_MOSTLY_LETTERS = 0.85

_PARAGRAPH = re.compile(r"\n\s*\n")
# Chinese and Japanese put no blank behind a sentence, and none between words: two letters count as a word.
_SENTENCE = re.compile(r"(?<=[.!?؟])\s+(?![a-z\d])|(?<=[。\uff01\uff1f])\s*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WHOLE = re.compile(r"[^\s.][.!?؟。\uff01\uff1f]$")
# Bars, dotted leaders, addresses, the marks of Markdown and code, and accents that have lost their letter.
_DEBRIS = re.compile(r"\||\.\s*\.\s*\.|…|://|[*_`#{}<>=~\\]|(?:^|\s)[\u0300-\u036f\u064b-\u065f]")


def sentences_of(passages: Sequence[str]) -> Iterator[str]:
    """Yield the longest sentence of running prose of each passage, from the middle one outwards."""
    middle = len(passages) // 2
    for _, passage in sorted(enumerate(passages), key=lambda numbered: abs(numbered[0] - middle)):
        if sentences := list(_sentences(passage)):
            yield max(sentences, key=_words_in)


def best_line_of(passages: Sequence[str]) -> str:
    """Return some words of the line that is most like prose, where no sentence is."""
    parts = [part.strip() for passage in passages for line in passage.splitlines() for part in line.split("|")]
    words = max(parts, key=_likeness, default="").split()
    start = max(0, (len(words) - _WORDS_OF_LINE) // 2)
    return " ".join(words[start : start + _WORDS_OF_LINE])


def _sentences(passage: str) -> Iterator[str]:
    for paragraph in _PARAGRAPH.split(passage):
        for sentence in _SENTENCE.split(" ".join(paragraph.split())):
            if _is_prose(sentence):
                yield sentence


def _is_prose(sentence: str) -> bool:
    return (
        _FEWEST_WORDS <= _words_in(sentence) <= _MOST_WORDS
        and sentence[0].isalpha()
        and not sentence[0].islower()  # the end of a sentence that began elsewhere
        and bool(_WHOLE.search(sentence))
        and not _DEBRIS.search(sentence)
        and _letters_in(sentence) >= _MOSTLY_LETTERS
    )


def _likeness(line: str) -> float:
    return 0.0 if _DEBRIS.search(line) else min(_words_in(line), _WORDS_OF_LINE) * _letters_in(line) ** 2


def _words_in(text: str) -> int:
    return max(len(text.split()), len(_UNSPACED.findall(text)) // 2)


def _letters_in(text: str) -> float:
    """Return the share of letters, with the marks that many scripts put on them, among all that is no blank."""
    signs = "".join(text.split())
    return sum(category(sign)[0] in "LM" for sign in signs) / len(signs) if signs else 0.0
