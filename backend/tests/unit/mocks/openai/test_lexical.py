"""Lexical vectors: of length 1, the same everywhere, and close where words are shared."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_providers.llamaparse.generated import generated_pages
from mock_providers.openai.encoders.lexical import LexicalEncoder
from mock_providers.openai.encoders.word_features import stem_of

ENCODER = LexicalEncoder()
PASSAGES = [page.text for number in range(60) for page in generated_pages(f"doc-{number}", 1)]


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=[]), max_size=200), dimensions=st.sampled_from([1, 8, 256, 1536]))
def test_every_text_has_a_vector_of_length_one(text: str, dimensions: int) -> None:
    """Empty, strange and ordinary texts all get a finite vector of length 1."""
    vector = ENCODER.encode([text], dimensions)[0]

    assert (dimensions, np.float32) == (len(vector), vector.dtype)
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


def test_the_bytes_are_known() -> None:
    """The same text gives the same bytes on every machine and in every version."""
    vector = ENCODER.encode(["The plan pays eighty percent of dental care, dental care only."], 1536)

    known = "6b7d6e599ed2ed95d009a7dfe8c50a26efc7b99f458f70093a9920070de5078f"
    assert known == hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest()


def test_history_and_company_do_not_matter() -> None:
    """A vector does not depend on what was encoded before, or beside it."""
    together = ENCODER.encode(PASSAGES, 1536)

    fresh = LexicalEncoder().encode(PASSAGES[::-1], 1536)[::-1]

    assert np.array_equal(together, fresh)
    assert np.array_equal(together[7:8], LexicalEncoder().encode([PASSAGES[7]], 1536))


def test_words_of_a_passage_find_it() -> None:
    """A search for one sentence of a passage ranks that passage first among sixty."""
    vectors = ENCODER.encode(PASSAGES, 1536)
    queries = [passage.split(". ")[2] for passage in PASSAGES]

    ranked_first = (vectors @ ENCODER.encode(queries, 1536).T).argmax(axis=0)

    assert list(range(len(PASSAGES))) == ranked_first.tolist()


def test_other_forms_of_a_word_are_near() -> None:
    """A plural finds the singular better than an unrelated word does."""
    query, related, unrelated = ENCODER.encode(["deductibles", "deductible", "hospital"], 1536)

    assert query @ related > 0.3 > query @ unrelated


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("claims", "claim"),
        ("deductibles", "deductibl"),
        ("deductible", "deductibl"),
        ("policies", "policy"),
        ("covering", "cover"),
        ("bus", "bus"),
        ("the", "the"),
        ("glass", "glass"),
    ],
)
def test_endings_are_cut_but_short_words_stay(word: str, stem: str) -> None:
    """The stem drops common endings while at least three letters remain."""
    assert stem == stem_of(word)
