"""The lines of a table of contents are found, and nothing else."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.contents_pages import ContentsFinder
from mock_providers.llamaparse.parsing.text_lines import text_lines

LEADERS = [f"Chapter {number} ........ {number * 3}" for number in range(1, 12)]


def left(text: str, finder: ContentsFinder | None = None, page: int = 2) -> list[str]:
    """Return the lines that are not contents."""
    lines = text_lines(text)
    found = (finder or ContentsFinder(lambda _key, _page: False, 50)).find(page, lines)
    return [line.words for line in lines if line.number not in found]


def test_dotted_leaders_to_rising_pages_are_contents() -> None:
    """Most lines lead over dots to page numbers that rise; their title goes with them."""
    assert [] == left("\n".join(["Contents", *LEADERS]))


def test_text_after_the_contents_stays() -> None:
    """Where the contents end, the first chapter may begin on the same page."""
    assert ["1 Introduction", "The package."] == left("\n".join([*LEADERS, "", "1 Introduction", "", "The package."]))


def test_text_before_the_contents_stays() -> None:
    """A preface above is no title of the contents."""
    preface = "This edition was revised in May."

    assert [preface, "Contents"] == left("\n".join([preface, "Contents", *LEADERS]))


def test_a_wrapped_title_is_part_of_the_contents() -> None:
    """Only the last line of a long title has the dots."""
    wrapped = [*LEADERS[:5], "A long title that goes on", "and on ........ 17", *LEADERS[6:]]

    assert [] == left("\n".join(wrapped))


def test_a_price_list_with_dots_stays() -> None:
    """Numbers that go up and down are amounts, not pages."""
    text = "\n".join(f"Treatment {number} ........ {amount}" for number, amount in enumerate([50, 20, 40] * 4))

    assert 12 == len(left(text))


def test_lines_that_are_titles_of_other_pages_are_contents() -> None:
    """Without dots, the outline tells."""
    text = "\n".join(f"{number}.1 Title {number}    {number}" for number in range(1, 12))

    assert [] == left(text, ContentsFinder(lambda key, _page: key.startswith("title"), 50))


def test_names_in_code_stay() -> None:
    """A name that is a title elsewhere stands on many lines of code, or in an index with its pages."""
    code = "\n".join(f"{number} title{number % 3}" for number in range(12))
    index = "\n".join(f"title{number}, {number}" for number in range(12))
    finder = ContentsFinder(lambda key, _page: key in {f"title{number}" for number in range(12)}, 50)

    assert (12, 12) == (len(left(code, finder)), len(left(index, finder)))


def test_contents_go_on_over_pages() -> None:
    """A few entries are enough on the page after contents, and not elsewhere."""
    finder = ContentsFinder(lambda _key, _page: False, 50)
    left("\n".join(LEADERS), finder, page=2)

    assert ["Text."] == left("Chapter 12 ........ 40\nIndex ........ 44\n\nText.", finder, page=3)
    assert 3 == len(left("Chapter 12 ........ 40\nIndex ........ 44\n\nText.", finder, page=9))
