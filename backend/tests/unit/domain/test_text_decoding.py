"""Text files: every encoding is read, broken bytes cost one character each, and nothing is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from charset_normalizer import from_bytes
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.text_decoding import decode_text

FIXTURES = Path(__file__).resolve().parents[4] / "testing" / "fixtures"
SENTENCE = "Der Versicherer zahlt 5 € für Schäden, grüß Gott.\n"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def no_guess(_content: bytes) -> str | None:
    """Stand for a guesser that has no idea."""
    return None


def forbidden(_content: bytes) -> str | None:
    """Stand for a guesser that must not be asked."""
    raise AssertionError("the encoding was guessed")


def best_guess(content: bytes) -> str | None:
    """Ask the library that the pipeline asks."""
    best = from_bytes(content).best()
    return best.encoding if best else None


@given(TEXTS)
def test_utf8_is_read_without_a_guess(text: str) -> None:
    """What is whole UTF-8 is taken as that."""
    assert text.removeprefix("\ufeff") == decode_text(text.encode(), forbidden)


@given(TEXTS, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_a_byte_order_mark_decides(text: str, encoding: str) -> None:
    """A marked text is read by its mark, and the mark is no part of it."""
    # A UTF-16 text that begins with NUL has the very bytes of the UTF-32 mark; no reader can tell them apart.
    content = text.lstrip("\x00").encode(encoding)

    assert text.lstrip("\x00") == decode_text(content, forbidden)


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_big_endian_marks_decide_too(encoding: str) -> None:
    """Both byte orders are known."""
    assert SENTENCE == decode_text(("\ufeff" + SENTENCE).encode(encoding), forbidden)


@given(st.binary(), st.sampled_from([None, "cp1252", "latin-1", "cp1251", "shift_jis", "gb18030", "utf-16", "big5"]))
def test_no_bytes_are_an_error(content: bytes, guess: str | None) -> None:
    """Any bytes become text that can be written as UTF-8 again."""
    text = decode_text(content, lambda _: guess)

    assert text == text.encode("utf-8").decode("utf-8")


@given(st.binary(max_size=60).map(lambda noise: noise * 4))
def test_no_bytes_are_an_error_with_the_true_guesser(content: bytes) -> None:
    """Whatever the library guesses of noise can be decoded."""
    assert isinstance(decode_text(content, best_guess), str)


def test_an_unknown_guess_is_read_as_windows_text() -> None:
    """Without a guess the most common encoding of old is taken."""
    assert "für 5 €" == decode_text("für 5 €".encode("cp1252"), no_guess)


def test_a_guess_is_believed_where_utf8_is_broken() -> None:
    """Cyrillic text of old is read by the encoding that was guessed."""
    assert "Договор" == decode_text("Договор".encode("cp1251"), lambda _: "cp1251")


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15"])
def test_german_text_of_old_keeps_its_letters(encoding: str) -> None:
    """Umlauts survive with the guesser of the pipeline."""
    text = decode_text((SENTENCE * 5).encode(encoding), best_guess)

    assert "für Schäden, grüß Gott." in text


def test_the_windows_fixture_is_read() -> None:
    """The German leaflet comes out with its umlauts and euro signs, as its source has them."""
    expected = (FIXTURES / "sources" / "german-leaflet.txt").read_text(encoding="utf-8")

    assert expected == decode_text((FIXTURES / "broken" / "latin1.txt").read_bytes(), best_guess).replace("\r\n", "\n")


def test_a_few_broken_bytes_stay_few() -> None:
    """One broken byte in much UTF-8 becomes one replacement character and shifts nothing else."""
    content = (SENTENCE * 40).encode()

    assert SENTENCE * 20 + "\ufffd" + SENTENCE * 20 == decode_text(
        content[: len(content) // 2] + b"\xff" + content[len(content) // 2 :], forbidden
    )


def test_dirty_utf8_is_still_utf8() -> None:
    """Short text whose other sequences are whole stays UTF-8, although its share of broken bytes is high."""
    assert "grüße \ufffd aus köln" == decode_text("grüße ".encode() + b"\xff" + " aus köln".encode(), forbidden)


def test_the_odd_fixture_is_read_as_utf8() -> None:
    """Mark, NULs, half surrogates and stray bytes leave the words around them whole."""
    text = decode_text((FIXTURES / "broken" / "nul-and-surrogates.md").read_bytes(), forbidden)

    assert text.startswith("# Notes with odd bytes")
    assert "the lighthouse keeper insured 212 lamps." in text
    assert "\ufffd" in text


def test_an_empty_file_is_empty_text() -> None:
    """Nothing in, nothing out."""
    assert "" == decode_text(b"", forbidden)
