"""Words that a question and a passage share."""

from __future__ import annotations

import pytest

from accessa.domain.shared_words import shares, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Claims were parked", "claim WERE parking"),
        ("str.removeprefix()", "str, removeprefix"),
        ("unique_violation", "unique violation"),
        ("\uff21\uff22\uff23 \ufb01re", "abc fire"),
        ("STRASSE", "stra\u00dfe"),
    ],
)
def test_writings_of_the_same_words_are_the_same(one: str, other: str) -> None:
    """Case, width, ligatures, punctuation and English endings make no other word."""
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("bed", "b"), ("23505", "2350"), ("is", "i"), ("\u0432\u0435\u0441", "\u0432\u0435")]
)
def test_short_words_numbers_and_other_scripts_keep_their_ends(one: str, other: str) -> None:
    """Only what is surely an English ending of a longer word is cut."""
    assert words_of(one) != words_of(other)


def test_scripts_without_blanks_are_compared_by_pairs_of_signs() -> None:
    """A word inside a run of Japanese is found although nothing separates it."""
    question, passage = "\u6c34\u6f0f\u308c", "\u5efa\u7269\u306e\u6c34\u6f0f\u308c\u306f\u88dc\u511f"

    assert words_of(question) <= words_of(passage)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    """The passage with the number that nobody else has comes before those with the words that all have."""
    passages = ["the error of the server", "code 23505 appears", "the error of the client", "the error again"]
    shared = shares("the error 23505", passages)

    assert 1 == shared.index(max(shared))


def test_shares_run_from_nothing_to_all() -> None:
    """A passage that holds every word shares 1, one that holds none 0, and a question without words shares nothing."""
    assert [1.0, 0.0] == shares("hail damage", ["Damage by hail", "theft"])
    assert [0.0, 0.0] == shares("?!", ["Damage by hail", "theft"])
    assert [] == shares("hail", [])
