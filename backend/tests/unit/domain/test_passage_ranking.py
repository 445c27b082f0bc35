"""The order of passages, and the page on which each answers."""

from __future__ import annotations

import pytest

from accessa.domain.passage_ranking import Candidate, rank


def test_shared_words_bring_a_passage_forward() -> None:
    """A passage a little farther off that holds the very words comes first; without weight for words it does not."""
    candidates = [Candidate(0.60, "general conditions", 1), Candidate(0.55, "excess for escape of water", 2)]

    assert [1, 0] == [found.place for found in rank("escape of water", candidates, word_weight=0.4, limit=9)]
    assert [0, 1] == [found.place for found in rank("escape of water", candidates, word_weight=0.0, limit=9)]


def test_scores_fall_and_equal_ones_keep_their_order() -> None:
    """The best comes first, no more than asked for, and what is equal stays as it came."""
    candidates = [Candidate(similarity, "text", 1) for similarity in (0.2, 0.5, 0.5, 0.9)]
    found = rank("other", candidates, word_weight=0.5, limit=3)

    assert [(3, 0.45), (1, 0.25), (2, 0.25)] == [(ranked.place, ranked.score) for ranked in found]


@pytest.mark.parametrize(("question", "page"), [("excess", 4), ("theft", 5), ("hail", 6), ("unknown", 6)])
def test_the_page_is_the_one_that_answers(question: str, page: int) -> None:
    """In a passage over three pages the page with the question's words is told, else the one with the most text."""
    parts = ["The excess is 100. ", "Theft. ", "Hail is covered, whatever its size may be."]
    breaks = (len(parts[0]), len(parts[0]) + len(parts[1]))
    [found] = rank(question, [Candidate(0.5, "".join(parts), 4, breaks)], word_weight=0.4, limit=1)

    assert page == found.page


def test_a_passage_without_pages_has_none() -> None:
    """Where no page is known, none is told."""
    [found] = rank("words", [Candidate(0.5, "words", None)], word_weight=0.4, limit=1)

    assert found.page is None
