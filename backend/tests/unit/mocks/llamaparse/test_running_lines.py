"""Lines that run over many pages are kept once and taken out of the rest."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.contents_pages import is_contents_page
from mock_providers.llamaparse.parsing.running_lines import PageLines, RunningLines


def pages(*texts: str) -> list[PageLines]:
    """Return pages numbered from 1."""
    return [PageLines(number, text) for number, text in enumerate(texts, start=1)]


def test_a_repeated_title_stays_on_its_first_page_only() -> None:
    """The same line on top of every page goes to `header`, except where it stands first."""
    found = pages(*(f"# Policy 2026\n\n---\n\nText of page {number}." for number in range(4)))

    RunningLines().take_out(found)

    assert "# Policy 2026\n\n---\n\nText of page 0." == found[0].markdown
    assert ("Policy 2026", "Text of page 3.") == (found[3].header, found[3].markdown)


def test_titles_that_differ_in_their_number_stay() -> None:
    """`Section 1`, `Section 2`, … are titles of their own."""
    found = pages(*(f"# Section {number}\n\nText." for number in range(9)))

    RunningLines().take_out(found)

    assert [f"# Section {number}" for number in range(9)] == [page.markdown.split("\n")[0] for page in found]


def test_a_page_of_one_line_keeps_it() -> None:
    """What is all that a page says is never taken away."""
    found = pages("The same", "The same", "The same")

    RunningLines().take_out(found)

    assert ["The same"] * 3 == [page.markdown for page in found]


def test_a_later_range_remembers() -> None:
    """A line known from the first range is taken out of a short last range too."""
    running = RunningLines()
    running.take_out(pages(*("Text.\n\nConfidential" for _ in range(6))))
    last = pages("More.\n\nConfidential")

    running.take_out(last)

    assert ("More.", "Confidential") == (last[0].markdown, last[0].footer)


def test_dotted_leaders_to_rising_pages_are_a_table_of_contents() -> None:
    """Most lines lead over dots to page numbers that rise."""
    text = "Contents\n" + "\n".join(f"Chapter {number} ........ {number * 3}" for number in range(1, 12))

    assert is_contents_page(text, lambda _: False, 50)


def test_a_price_list_with_dots_is_not() -> None:
    """Numbers that go up and down are amounts, not pages."""
    text = "\n".join(f"Treatment {number} ........ {amount}" for number, amount in enumerate([50, 20, 40] * 4))

    assert not is_contents_page(text, lambda _: False, 50)


def test_lines_that_are_titles_of_other_pages_are_a_table_of_contents() -> None:
    """Without dots, the outline tells."""
    text = "\n".join(f"{number}.1 Title {number}    {number}" for number in range(1, 12))

    assert is_contents_page(text, lambda key: key.startswith("title"), 50)
