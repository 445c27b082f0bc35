"""Lines of a page keep their columns, and wrapped titles become one."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.reflow import reflow
from mock_providers.llamaparse.parsing.text_lines import Piece, joined_titles, text_lines


def paragraphs(text: str) -> list[str]:
    """Return the blocks that lines become without any title."""
    return reflow(text_lines(text), lambda _: False)


def test_pieces_end_at_gaps() -> None:
    """Two spaces or more part the pieces of a line."""
    [line] = text_lines("\n  a term    its  meaning\n")

    assert (Piece(1, 2, "a term"), Piece(1, 12, "its"), Piece(1, 17, "meaning")) == line.pieces()


def test_a_wrapped_title_is_one_line() -> None:
    """Two lines that only together are a title are joined, a line that is one is left alone."""
    lines = joined_titles(
        text_lines("Text.\nA title that\n  goes on\nLimits"), lambda t: t in {"A title that goes on", "Limits"}
    )

    assert [(0, "Text."), (1, "A title that goes on"), (3, "Limits")] == [(line.number, line.text) for line in lines]


def test_paragraphs_begin_with_an_indentation() -> None:
    """An indented first line, a blank line and a list mark open a paragraph; a term keeps its definition."""
    assert ["One and two.", "Three and four."] == paragraphs("One and\ntwo.\n   Three and\nfour.")
    assert ["One.", "Two."] == paragraphs("One.\n\nTwo.")
    assert ["- first and more", "- second"] == paragraphs("• first\n  and more\n• second")
    assert ["term its meaning goes on", "next"] == paragraphs("term   its meaning\n       goes on\nnext")


def test_a_hyphen_at_the_end_of_a_line_joins() -> None:
    """A word that was cut is whole again, a capital letter begins a new one."""
    assert ["recommended"] == paragraphs("recom-\nmended")
    assert ["Non- English"] == paragraphs("Non-\nEnglish")


def test_a_line_of_text_never_turns_into_markup() -> None:
    """A number sign in the text is no heading."""
    assert ["\\# is a sign and no heading at all"] == paragraphs("# is a sign and no heading at all")
