"""Headings of a PDF page are corrected by the outline, and no word is lost."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.headings import HeadingMender
from mock_providers.llamaparse.parsing.outline import Entry, Outline, title_key


def outline(*entries: tuple[int, int, str]) -> Outline:
    """Return an outline of (page, level, title)."""
    by_page: dict[int, list[Entry]] = {}
    for page, level, title in entries:
        by_page.setdefault(page, []).append(Entry(level, title, title_key(title)))
    return Outline(by_page)


DETAILED = outline((1, 1, "Cover"), (1, 2, "Dental care"), (2, 2, "Limits of cover"))


def test_levels_follow_the_outline() -> None:
    """A heading that the outline names gets its level, whatever the font size suggested; its number stays."""
    mender = HeadingMender(DETAILED, 2)

    assert "# 1 Cover\n\nText.\n\n## 1.1 Dental care" == mender.mend(1, "### 1 Cover\n\nText.\n\n# 1.1 Dental care")


def test_a_plain_title_line_becomes_a_heading() -> None:
    """A line of its own that is a title of the outline is a heading."""
    assert "## Limits of cover\n\nText." == HeadingMender(DETAILED, 2).mend(2, "Limits of cover\n\nText.")


def test_a_heading_that_runs_into_its_paragraph_is_cut() -> None:
    """The title ends where the outline says, the rest is text."""
    mended = HeadingMender(DETAILED, 2).mend(2, "### Limits of cover The plan pays up to one hundred dollars.")

    assert "## Limits of cover\n\nThe plan pays up to one hundred dollars." == mended


def test_other_headings_become_text_under_a_detailed_outline() -> None:
    """A running title or a line of code that looks like a heading is no heading, but stays in the text."""
    assert "# Cover\n\n4 Chapter 1. Cover" == HeadingMender(DETAILED, 2).mend(1, "# Cover\n\n##### 4 Chapter 1. Cover")


def test_other_headings_go_below_their_section_under_a_sparse_outline() -> None:
    """With chapters only in the outline, further headings stay, one level deeper than the chapter."""
    mender = HeadingMender(outline((1, 1, "Cover")), 40)

    assert "# Cover\n\n## Dental care" == mender.mend(1, "## Cover\n\n# Dental care")


def test_without_an_outline_only_a_last_numbered_line_is_changed() -> None:
    """A heading with nothing after it on its page and a page number in it is a running title."""
    mended = HeadingMender(Outline(), 2).mend(1, "# Cover\n\nText.\n\n##### Annual report 7")

    assert "# Cover\n\nText.\n\nAnnual report 7" == mended


def test_code_stays_as_it_is() -> None:
    """Blank lines and number signs within a fenced block are code."""
    code = "```text\n# a comment\n\n# another\n```"

    assert code == HeadingMender(DETAILED, 2).mend(1, code)


def test_a_number_is_no_heading() -> None:
    """A page number in large type stays text."""
    assert "101\n\n# Cover 2\n\nText." == HeadingMender(Outline(), 2).mend(1, "# 101\n\n# Cover 2\n\nText.")


def test_a_title_of_this_page_points_to_no_other() -> None:
    """A title that stands on several pages is a title on each of them."""
    twice = outline((1, 1, "Introduction"), (9, 2, "Introduction"))

    assert (False, True) == tuple(twice.names_another_page("introduction", page) for page in (9, 4))
