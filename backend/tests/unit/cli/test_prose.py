"""A sentence of running prose is found in passages of any kind."""

from __future__ import annotations

import pytest

from accessa.cli.prose import best_line_of, sentences_of

WATER = "We pay when water leaks from a pipe and harms the building."
HAIL = "Hail that breaks a window of the building is covered as well."


def test_sentences_come_from_the_middle_outwards() -> None:
    """Each passage with prose gives its longest sentence, the one nearest to the middle first."""
    passages = [HAIL, "| a | b |", "Contents", f"the rest. {WATER} Nothing else is paid for by us.", "12"]

    assert [WATER, HAIL] == list(sentences_of(passages))


@pytest.mark.parametrize(
    "debris",
    [
        "| Water leaks and hail | are both told in one row | 16 |",
        "Escape of water and all that belongs to it . . . . . . . 12.",
        "1 Escape of water .......................... 12",
        "- policy.ins - policy.dtx - policy.lua - policy.sty - policy.pdf.",
        "which began before and therefore is no whole sentence at all.",
        "Also see https://example.org/policy for all that is said elsewhere.",
        "Call `pay(water, pipe)` and then `pay(hail, window)` once more.",
        "Too short a line.",
        "12.5 13.5 14.5 15.5 16.5 17.5 and 18.5 19.5 20.5 are paid.",
        "Section one water pipe building cover and no end",
        " ".join(["Words"] * 26) + ".",
    ],
)
def test_debris_is_no_prose(debris: str) -> None:
    """Rows of tables, dotted leaders, lists, addresses, code, figures and parts of sentences are passed over."""
    assert [] == list(sentences_of([debris]))
    assert [WATER] == list(sentences_of([f"{debris}\n\n{WATER}"]))


@pytest.mark.parametrize(
    ("passage", "sentence"),
    [
        (WATER.replace(" ", "\n", 3), WATER),
        ("表。水漏れによる建物の損害を補償します。雹。", "水漏れによる建物の損害を補償します。"),
        ("نحن ندفع عندما يتسرب الماء من الأنابيب. ثم", "نحن ندفع عندما يتسرب الماء من الأنابيب."),
    ],
)
def test_a_sentence_may_be_of_any_script_and_go_over_lines(passage: str, sentence: str) -> None:
    """A sentence that goes over lines is one; scripts without capitals or blanks have sentences too."""
    assert [sentence] == list(sentences_of([passage]))


def test_without_prose_the_best_line_is_taken() -> None:
    """Where no sentence is, the words come from the line with most of them, without the bars of its table."""
    passages = ["12 | 13 | 14", "| 16 | qala fa ayna kanat hadhihi | 17 |", "......... 18"]

    assert ([], "qala fa ayna kanat hadhihi") == (list(sentences_of(passages)), best_line_of(passages))
    assert ("", "") == (best_line_of([]), best_line_of(["| |"]))
