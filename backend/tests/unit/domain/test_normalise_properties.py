"""Normalisation is idempotent, loses no word, and takes linear time on hostile text."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accessa.domain.normalise import join_pages, normalise_page

WORDS = ["a", "B", "12", "caf\u00e9", "漢字", "e\u0301", "http", "x1"]
BLANKS = [" ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u3000", "\u2028"]
BLOCK_SIGNS = ["# ", "#", "### ", "- ", "* ", "+ ", "• ", "1. ", "2) ", "> ", "| ", "---", "- - -", "===", "***", "_"]
CODE_SIGNS = ["`", "``", "```", "~~~", "```py\n", "\n```\n", "\n~~~~\n"]
LINK_SIGNS = [
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "][",
    "]:",
    "<",
    ">",
    "<http://y>",
    "[a](u)",
    "(u)",
    "[](u)",
    "[a]",
    "![img]",
]
LINK_SIGNS += ["\n[a]: http://x\n", "\n[B]: /y 't'\n", '"', "'", "\\", ":", "/"]
FORBIDDEN = ["\x00", "\u200b", "\ufeff", "\ud800", "\u202e", "\u00ad", "\x1f"]
MARKS = ["\u0301", "\u0316", "\u0338", "\u0344", "=", "\u0301" * 40]
TURNS_INTO_A_BACK_TICK = "\u1fef"

hostile = st.lists(
    st.sampled_from(
        [*WORDS, *BLANKS, *BLOCK_SIGNS, *CODE_SIGNS, *LINK_SIGNS, *FORBIDDEN, *MARKS, TURNS_INTO_A_BACK_TICK]
    ),
    max_size=40,
).map("".join)
anything = st.one_of(hostile, st.text(st.characters(), max_size=60))
prose = st.lists(st.sampled_from([*WORDS, *BLANKS, *BLOCK_SIGNS, "\\", "(", ")", ":", "*"]), max_size=40).map("".join)
code_free = st.lists(
    st.sampled_from([*WORDS, *BLANKS, *BLOCK_SIGNS, *LINK_SIGNS, *FORBIDDEN, *MARKS]).filter(
        lambda piece: piece not in ("    ", "\t")
    ),
    max_size=40,
).map("".join)


def normal(markdown: str) -> str:
    """Return the text of a normalised page."""
    return normalise_page(markdown).text


@settings(max_examples=200, deadline=None)
@given(anything)
def test_the_normal_form_is_its_own_normal_form(text: str) -> None:
    """Normalising twice is normalising once, whatever the text."""
    once = normal(text)
    assert once == normal(once)


@settings(max_examples=150, deadline=None)
@given(st.lists(anything, max_size=4))
def test_joined_normal_pages_are_normal(sources: list[str]) -> None:
    """No page changes the meaning of another page's text."""
    joined, _ = join_pages([normal(source) for source in sources])
    assert joined == normal(joined)


@settings(max_examples=150, deadline=None)
@given(st.lists(anything, max_size=6))
def test_page_offsets_cut_the_joined_text_into_its_pages(sources: list[str]) -> None:
    """Each page stands at its offset, and offsets never fall."""
    pages = [normal(source) for source in sources]
    joined, starts = join_pages(pages)
    assert pages == [joined[start : start + len(page)] for page, start in zip(pages, starts, strict=True)]
    assert sorted(starts) == list(starts)
    assert "".join(pages).replace("\n", "") == joined.replace("\n", "")


@settings(max_examples=200, deadline=None)
@given(anything)
def test_no_forbidden_character_is_left(text: str) -> None:
    """The result is NFC, can be encoded, ends with one line feed, and holds no control or invisible character."""
    result = normal(text)
    assert result.encode().decode() == unicodedata.normalize("NFC", result)
    assert (
        re.search(
            r"[^\S \n\u00a0-\u3000\t]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\ufeff]", result
        )
        is None
    )
    assert result == "" or (result.endswith("\n") and not result.endswith("\n\n"))


@settings(max_examples=200, deadline=None)
@given(code_free)
def test_text_without_code_has_single_blanks_and_no_loose_ends(text: str) -> None:
    """Outside code there are no trailing blanks, no double blanks after the indent and no double blank lines."""
    result = normal(text)
    assert re.search(r"[^\S\n]\n|\n\n\n|\S[^\S\n]{2,}|[^\S \n]", result) is None


@settings(max_examples=200, deadline=None)
@given(prose)
def test_no_word_is_lost(text: str) -> None:
    """Text without links keeps every letter and digit, in order."""
    letters = "".join(re.findall(r"\w", unicodedata.normalize("NFC", text)))
    assert letters == "".join(re.findall(r"\w", normal(text)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, *BLANKS[:4], "\n", "#", "[a](u)", "* ", "~", "\\"]), max_size=30).map("".join))
def test_fenced_code_is_not_touched(code: str) -> None:
    """Whatever stands between fences stays, character by character, in composed form."""
    block = "```\n" + unicodedata.normalize("NFC", code) + "\n```\n"
    assert block == normal(block)


HOSTILE_UNITS = [
    *(
        "[",
        "(",
        "`",
        "*",
        "![",
        "](",
        "[a](",
        '[a](u "',
        "[a](u 'x",
        "[a](u (",
        "[a](<",
        "[a]",
        "[a][b]",
        "[[a]",
        "[[a][a]",
    ),
    *(
        "[a](u)",
        "![a](b c)",
        "[[a](u)](u)",
        "[](u)",
        "[a][",
        "<",
        "<http://",
        "<a@b",
        "`x",
        "`x``y",
        "[`](",
        "\\`",
        "\\",
    ),
    *(
        "a\\[",
        "~",
        "[a]: http://x\n",
        "[a]:x",
        "- ",
        "  - x\n",
        "* * ",
        "> ",
        "#",
        "# ",
        "|",
        "_",
        "1. ",
        "\u0301",
        " ",
    ),
    *(
        "e\u0301\u0316",
        "\u200ba",
        "\x00",
        " x",
        "\t",
        "\n",
        "\r",
        "a\n\n",
        "    x\n\n",
        "```\n",
        "~~~\n```\n",
        "\u3000x",
    ),
]


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    """Text of one repeated unit take seconds; anything quadratic would take hours."""
    text = "x " + unit * (300_000 // len(unit))
    began = time.process_time()
    result = normal(text)
    assert time.process_time() - began < 10
    assert len(result) <= len(text) + 10


def test_deep_nesting_takes_linear_time() -> None:
    """A hundred thousand nested links are refused at once."""
    began = time.process_time()
    normal("[" * 100_000 + "a" + "](u)" * 100_000)
    normal("\n".join("`" * length for length in range(1000)))
    normal("".join(" " * (index % 500) + "- x\n" for index in range(3000)))
    assert time.process_time() - began < 10


@pytest.mark.parametrize("word", ["word ", "caf\u00e9  "])
def test_one_line_of_ten_megabytes_takes_seconds(word: str) -> None:
    """A file of 10 MB without a line end is normalised like any other."""
    began = time.process_time()
    result = normal(word * (10_000_000 // len(word)))
    assert time.process_time() - began < 10
    assert (word.strip() + "\n", 1) == (result[-len(word.strip()) - 1 :], result.count("\n"))


def test_a_hundred_thousand_lines_take_seconds() -> None:
    """Many lines of all sorts cost the same each."""
    began = time.process_time()
    result = normal("# Title\n\n* item  one\n| a | b |\nSome text with a [link](http://x.y).\n" * 20_000)
    assert time.process_time() - began < 10
    assert 20_000 == result.count("Some text with a link.\n")
