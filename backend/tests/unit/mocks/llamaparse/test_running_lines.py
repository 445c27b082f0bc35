"""Lines that run over many pages are kept once and taken out of the rest; text never is."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.outline import title_key
from mock_providers.llamaparse.parsing.running_lines import RunningLines, RunningPage
from mock_providers.llamaparse.parsing.text_lines import letters, text_lines


def pages(*texts: str, first: int = 1, **signs: str) -> list[RunningPage]:
    """Return pages numbered from `first`."""
    numbered = [(number, text.replace("BODY", _body(number))) for number, text in enumerate(texts, start=first)]
    titles = frozenset({letters(signs["title"])}) if "title" in signs else frozenset()
    return [RunningPage(number, text_lines(text), titles, letters(signs.get("table", ""))) for number, text in numbered]


def _body(number: int) -> str:
    """Return text that no other page has."""
    word = "abcdefghijklmnopqrstuvwxyz"[number % 26] * 5
    return f"The {word} begins.\nIt has a middle {word}.\nAnd the {word} ends."


def taken(found: list[RunningPage], running: RunningLines | None = None) -> list[list[str]]:
    """Return what runs on each page."""
    (running or RunningLines()).take_out(found)
    return [[line.words for line in (*page.header, *page.footer)] for page in found]


def test_a_repeated_title_stays_on_its_first_page_only() -> None:
    """The same line on top of every page is taken out, except where it stands first."""
    found = pages(*("Policy 2026\n\nBODY" for _ in range(4)))

    assert [[], ["Policy 2026"], ["Policy 2026"], ["Policy 2026"]] == taken(found)


def test_a_page_number_does_not_tell_lines_apart() -> None:
    """A number that counts up with the pages may differ, on the line of the title or alone."""
    found = pages(*(f"Guide   {number} / 57\n\nBODY\n\n\n\n  - {number} -" for number in range(43, 47)))

    assert ["Guide 44 / 57", "- 44 -"] == taken(found)[1]


def test_page_numbers_in_small_roman_count_too() -> None:
    """The front matter of a book is numbered with letters."""
    found = pages(*(f"BODY\n\n{number}" for number in ("ii", "iii", "iv", "v")))

    assert [["ii"], ["iii"], ["iv"], ["v"]] == taken(found)


def test_odd_and_even_pages_have_titles_of_their_own() -> None:
    """A title on every other page runs."""
    texts = [f"{['Left', 'Right'][number % 2]} title\n\nBODY" for number in range(8)]

    assert ["Right title"] == taken(pages(*texts))[5]


def test_a_running_title_that_changes_with_the_sections_runs() -> None:
    """The chapter beside it tells; the outline has its words, so that even the first may go."""
    texts = [f"CHAPTER 3. MOVING…      3.{number}. STEP {number}\n\nBODY" for number in range(4)]

    found = taken(pages(*texts), RunningLines({"movinghouse"}))

    assert ["CHAPTER 3. MOVING… 3.0. STEP 0"] == found[0]


def test_titles_that_differ_in_their_number_stay() -> None:
    """`Section 1`, `Section 2`, … are titles of their own, near the text and also apart from it."""
    near = pages(*(f"Section {number}\nBODY" for number in range(1, 9)))
    apart = [
        page
        for number in range(1, 9)
        for page in pages(f"Section {number}\n\n\n\nBODY", first=number, title=f"Section {number}")
    ]

    assert [[]] * 8 == taken(near)
    assert [[]] * 8 == taken(apart)


def test_amounts_and_items_at_the_edge_stay() -> None:
    """Numbers that do not count up with the pages tell lines apart, and so do items that do."""
    totals = pages(*(f"BODY\n\n\n\nTotal   {amount}" for amount in (17, 250, 3, 88)))
    items = pages(*(f"BODY\n{number}. Keep receipt" for number in range(1, 5)))

    assert [[]] * 4 == taken(totals, RunningLines())
    assert [[]] * 4 == taken(items)


def test_the_head_of_a_table_stays() -> None:
    """A table that goes on over pages repeats its head."""
    assert [[]] * 4 == taken(pages(*["Option   Meaning\nBODY"] * 4, table="Option Meaning"))


def test_a_row_of_numbers_stays() -> None:
    """One of many numbers on a line may go with the pages by chance."""
    assert [[]] * 4 == taken(pages(*["0   1   2   3   4   5\nBODY"] * 4))


def test_two_pages_are_too_few() -> None:
    """A document of two pages has no running lines."""
    assert [[], []] == taken(pages("Policy   1\n\nBODY", "Policy   2\n\nBODY"))


def test_a_page_of_one_line_keeps_it() -> None:
    """What is all that a page says is never taken away."""
    assert [[]] * 3 == taken(pages("The same", "The same", "The same"))


def test_a_later_range_remembers() -> None:
    """A line known from the first range is taken out of a short last range too."""
    running = RunningLines()
    running.take_out(pages(*("BODY\n\nConfidential" for _ in range(6))))

    assert [["Confidential"]] == taken(pages("BODY\n\nConfidential", first=7), running)


def test_a_title_of_the_page_itself_stays() -> None:
    """The section begins here, and later pages repeat its title above their text."""
    found = pages(*["Footnotes and more\n\nBODY"] * 4)
    found[2].own = frozenset({title_key("Footnotes and more")})

    assert [[], ["Footnotes and more"], [], ["Footnotes and more"]] == taken(found)


def test_a_second_line_has_to_run_through_the_document() -> None:
    """Below the running title a line that some pages share is text."""
    plain = ["Guide of ours\nBODY"] * 8
    shared = ["Guide of ours\nPackage and size\nBODY"] * 3

    assert ["Guide of ours"] == taken(pages(*plain, *shared))[-1]
    assert ["Guide of ours", "Package and size"] == taken(pages(*shared))[-1]
