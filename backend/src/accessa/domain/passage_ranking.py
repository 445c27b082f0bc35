"""Puts candidate passages in order by nearness and shared words, and finds the page on which each answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from accessa.domain.shared_words import shares


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage: its cosine similarity to the question, text, first page, and offsets at which later pages begin."""

    similarity: float
    text: str
    page: int | None
    page_breaks: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """Place of a candidate in the given order, its score (1 is best), and the page of it that answers best."""

    place: int
    score: float
    page: int | None


def rank(question: str, candidates: Sequence[Candidate], *, word_weight: float, limit: int) -> list[Ranked]:
    """Return the best candidates, best first.

    The score is `1 - word_weight` parts of similarity and `word_weight` parts of the share of the question's words.
    """
    shared = shares(question, [candidate.text for candidate in candidates])
    scores = [
        (1 - word_weight) * candidate.similarity + word_weight * share
        for candidate, share in zip(candidates, shared, strict=True)
    ]
    order = sorted(range(len(candidates)), key=lambda place: -scores[place])[:limit]
    return [Ranked(place, scores[place], _page_of(question, candidates[place])) for place in order]


def _page_of(question: str, candidate: Candidate) -> int | None:
    """Return the page whose part of the passage shares most with the question; of equal ones, that of the longest."""
    if candidate.page is None or not candidate.page_breaks:
        return candidate.page
    borders = [0, *candidate.page_breaks, len(candidate.text)]
    parts = [candidate.text[start:end] for start, end in pairwise(borders)]
    ratings = list(zip(shares(question, parts), map(len, parts), strict=True))
    return candidate.page + ratings.index(max(ratings))
