"""File names: shown to people, so harmless, short and never empty."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.filenames import LONGEST, clean_filename

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Any code point, lone surrogates too, and often one that names are attacked with.
NASTY = st.sampled_from("/\\.\x00\n\r\t\x7f\x85\u2028\u2029\u202e\u200b\ufeff\ud800 :*?e\u0301\U000f0000")
NAMES = st.text(st.one_of(NASTY, st.characters()), max_size=300)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("policy.pdf", "policy.pdf"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\My Files/über.md", "über.md"),
        ("../../..", "unnamed"),
        ("folder/", "unnamed"),
        (".env", "env"),
        ("  spaced \t out .txt. ", "spaced out .txt"),
        ("two\r\nlines.txt", "twolines.txt"),
        ("exe\u202efdp.scr", "exefdp.scr"),
        ("nul\x00byte.pdf", "nulbyte.pdf"),
        ("line\u2028end.md", "line end.md"),
        ("lone\ud800half.md", "lone?half.md"),
        ("e\u0301.txt", "é.txt"),
        ("契約書 2026.pdf", "契約書 2026.pdf"),
        ("\u200b", "unnamed"),
        ("", "unnamed"),
        (None, "unnamed"),
    ],
)
def test_names_are_shown_like_this(given_name: str | None, shown: str) -> None:
    """Paths, invisible characters and odd space go; letters of every script stay."""
    assert shown == clean_filename(given_name)


@given(st.one_of(st.none(), NAMES))
def test_every_name_is_harmless(name: str | None) -> None:
    """Never empty, never a path, never invisible, never longer than the limit, and always writable as UTF-8."""
    shown = clean_filename(name)

    assert shown.strip()
    assert 1 <= len(shown) <= LONGEST
    assert not set(shown) & set("/\\")
    assert set() == {unicodedata.category(char) for char in shown} & HIDDEN
    assert shown == shown.encode("utf-8").decode("utf-8")
    assert shown not in {".", ".."}


@given(NAMES)
def test_a_clean_name_stays_as_it_is(name: str) -> None:
    """Cleaning again changes nothing."""
    once = clean_filename(name)

    assert once == clean_filename(once)


@pytest.mark.parametrize("name", ["n" * 119 + " and more words", "n" * 119 + ". and many more words"])
def test_a_cut_leaves_no_loose_end(name: str) -> None:
    """A name is not cut so that it ends in a space or a dot."""
    assert "n" * 119 == clean_filename(name)


@pytest.mark.parametrize("extension", ["pdf", "md", "a" * 10])
def test_a_long_name_keeps_its_ending(extension: str) -> None:
    """What is cut is the middle, so that the type can still be seen."""
    shown = clean_filename("n" * 500 + "." + extension)

    assert LONGEST == len(shown)
    assert shown.endswith(f"n.{extension}")


@pytest.mark.parametrize("name", ["n" * 121, "n" * 20 + "." + "e" * 200])
def test_a_long_name_without_an_ending_is_cut_at_its_end(name: str) -> None:
    """More than ten characters behind the last dot are no ending."""
    assert name[:LONGEST] == clean_filename(name)


def test_a_name_of_the_longest_length_is_whole() -> None:
    """120 characters are kept as they are."""
    name = "n" * (LONGEST - 4) + ".pdf"

    assert name == clean_filename(name)
