"""The Markdown of a page holds every line of the page, and only real tables stay tables."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.page_mending import mend_page
from mock_providers.llamaparse.parsing.text_lines import text_lines


def mended(markdown: str, text: str, *titles: str) -> list[str]:
    """Return the blocks of a page."""
    return mend_page(markdown, text_lines(text), lambda words: words in titles).split("\n\n")


def test_a_good_page_stays_as_it_is() -> None:
    """What holds all lines is not touched: headings, tables, lists and code keep their form."""
    markdown = (
        "# Cover\n\nText that was\n\n| Plan | Copay |\n|---|---|\n| Gold | 20 |\n\n- an item\n\n```text\nls -l\n```"
    )
    text = "Cover\n\nText that was\n\nPlan    Copay\nGold    20\n\n• an item\n\nls -l"

    assert markdown == mend_page(markdown, text_lines(text), lambda _: False)


def test_a_lost_line_comes_back_at_its_place() -> None:
    """A sentence between two boxes that the reader left out follows what stands before it."""
    found = mended(
        "Type this:\n\n```text\nls -l\n```\n\nThen go on.", "Type this:\nls -l\nYou see all files.\nThen go on."
    )

    assert ["Type this:", "```text\nls -l\n```", "You see all files.", "Then go on."] == found


def test_lost_lines_at_the_top_come_first() -> None:
    """Nothing stands before them, and a page that lost all its lines gets them too."""
    assert ["Lost at first.", "Kept."] == mended("Kept.", "Lost at first.\n\nKept.")
    assert ["Lost at first."] == mended("", "Lost at first.")


def test_a_line_that_stands_twice_is_there_twice() -> None:
    """One line of the Markdown cannot stand for two of the page."""
    assert ["Press Enter to go on.", "Type it again. Now!", "Press Enter to go on."] == mended(
        "Press Enter to go on.\n\nType it again. Now!",
        "Press Enter to go on.\nType it again. Now!\nPress Enter to go on.",
    )


def test_hyphens_and_markup_lose_nothing() -> None:
    """A word joined over two lines, or set in bold, is not missing."""
    assert ["It is **recommended** to wait."] == mended(
        "It is **recommended** to wait.", "It is recom-\nmended to wait."
    )


def test_a_title_and_its_text_in_cells_are_no_table() -> None:
    """On the page one space parts the cells: the title stands alone, and the text is a paragraph."""
    markdown = (
        "| 3.4 | Minimum Needs |\n|---|---|\n| Once you | have read this, check that your |\n| hardware | is good. |"
    )
    text = "3.4 Minimum Needs\n\nOnce you have read this, check that your\nhardware is good."

    found = mended(markdown, text, "3.4 Minimum Needs")

    assert ["3.4 Minimum Needs", "Once you have read this, check that your hardware is good."] == found


def test_a_table_below_a_title_stays_a_table() -> None:
    """Only the row that is the title leaves it."""
    markdown = "| 3.4 | Plans |\n|---|---|\n| Plan | Copay |\n| Gold | 20 |"

    assert ["3.4 Plans", "| Plan | Copay |\n|---|---|\n| Gold | 20 |"] == mended(
        markdown, "3.4 Plans\n\nPlan    Copay\nGold    20", "3.4 Plans"
    )


def test_terms_and_definitions_are_a_table() -> None:
    """Gaps on the page between a term and its definition make columns."""
    markdown = "| umask | rights of new files and |\n|---|---|\n|  | folders |\n| chmod | rights of a file |"

    assert [markdown] == mended(
        markdown, "umask    rights of new files and\n         folders\nchmod    rights of a file"
    )


def test_a_box_is_code_and_text() -> None:
    """Commands keep their lines and their indentation, the sentence between them is text."""
    markdown = "| $ make |\n|---|\n| Then look at the result of it. |\n| $ ls |"
    text = "    $ make\n      --all\nThen look at the result of it.\n    $ ls"

    assert ["```text\n$ make\n  --all\n```", "Then look at the result of it.", "```text\n$ ls\n```"] == mended(
        markdown, text
    )


def test_a_title_within_a_paragraph_stands_alone() -> None:
    """A line that is a title of this page is never part of a paragraph."""
    assert ["End of it.", "Limits", "Fifty dollars."] == mended(
        "End of it. Limits Fifty dollars.", "End of it.\nLimits\nFifty dollars.", "Limits"
    )


def test_terms_torn_from_their_definitions_are_joined() -> None:
    """Terms in one block and definitions in the next are put together by the lines of the page."""
    markdown = "signal\n\ntoken\n\nA way to tell a process. \n\nA sequence of signs that is one unit."
    text = "signal   A way to tell a process.\n\ntoken    A sequence of signs that\n         is one unit."

    assert ["signal A way to tell a process.", "token A sequence of signs that is one unit."] == mended(markdown, text)


def test_numbers_torn_from_their_lines_of_code_are_joined() -> None:
    """Code that is numbered stays one block, also where a line reads as text."""
    markdown = "7 8 9\n\n```text\n\\begin{it}\n\nIt is here\n\\end{it}\n```"

    assert ["```text\n7   \\begin{it}\n8     It is here\n9   \\end{it}\n```"] == mended(
        markdown, "7   \\begin{it}\n8     It is here\n9   \\end{it}"
    )


def test_columns_of_running_text_stay_apart() -> None:
    """Two columns of a page are read one after the other."""
    markdown = "The plan pays for the care that you need\n\nFifty dollars a year stay with you or with"
    text = "The plan pays for         Fifty dollars a year\nthe care that you need    stay with you or with"

    assert markdown.split("\n\n") == mended(markdown, text)


def test_dropped_lines_leave_their_blocks() -> None:
    """Running titles and contents go, what shares a block with them stays."""
    lines = text_lines("Guide   7\nThe text.\nChapter 1 .... 3\nMore.")

    found = mend_page("Guide 7 The text.\n\nChapter 1 .... 3 More.", lines, lambda _: False, {0}, {2})

    assert "The text.\n\nMore." == found


def test_words_scattered_over_a_line_are_no_terms() -> None:
    """Where the second words do not stand below each other there is no list of definitions."""
    markdown = "An By Co\n\nThe plan pays for all of the care"

    assert markdown.split("\n\n") == mended(markdown, "An   The plan\nBy         pays for all\nCo    of the care")


def test_a_term_that_also_stands_in_a_definition_comes_once() -> None:
    """It is found there, so that its own block holds nothing; the list is whole all the same."""
    assert ["token A word or a sign.", "word A run of words."] == mended(
        "token\n\nword\n\nA word or a sign. A run of words.", "token   A word or a sign.\n\nword    A run of words."
    )


def test_a_heading_beside_text_stays_a_heading() -> None:
    """It is never joined with the text to its right as a term."""
    markdown = "# Gold\n\nOther text.\n\nThe plan pays for all care"

    assert markdown.split("\n\n") == mended(markdown, "Gold    The plan pays for all care\nOther text.")


def test_a_page_number_goes_from_its_own_place() -> None:
    """The same number within a sentence or a table stays."""
    markdown = "| Plan | 11 |\n|---|---|\n| Gold | 20 |\n\nChapter 11 begins."
    lines = text_lines("11\nPlan    11\nGold    20\n\nChapter 11 begins.")

    assert markdown == mend_page(markdown, lines, lambda _: False, {0})
    assert markdown == mend_page(f"{markdown}\n\n11", lines, lambda _: False, {0})


def test_a_running_title_within_a_table_leaves_it_a_table() -> None:
    """A table that the reader took the title into is not given up for it."""
    markdown = "| Policy Guide |  |\n|---|---|\n| Gold | 20 |\n| Silver | 10 |"

    assert markdown == mend_page(markdown, text_lines("Policy Guide\n\nGold    20\nSilver    10"), lambda _: False, {0})


def test_cells_that_were_wrapped_are_not_missing() -> None:
    """Most neighbouring words of a line are neighbours in the cells too."""
    markdown = "| Gold pays for all care and more of it | 20 dollars a year |\n|---|---|\n| Silver | 10 dollars |"
    text = "Gold pays for all care 20 dollars\nand more of it a year\nSilver    10 dollars"

    assert [markdown] == mended(markdown, text)


def test_full_rows_of_three_columns_are_a_table() -> None:
    """However narrow the gaps between them are on the page."""
    markdown = "| area | number | about |\n|---|---|---|\n| main | 67672 | free |"

    assert [markdown] == mended(markdown, "area number about\nmain 67672 free")


def test_text_between_numbered_lines_of_code_is_no_table() -> None:
    """The numbers have gaps behind them, and prove nothing for the prose."""
    markdown = "| 7 | \\\\fi |\n|---|---|\n| 8 | \\\\fi |\n| Then the | text goes on. |\n| 9 | \\\\fi |"
    text = "7   \\fi\n8   \\fi\nThen the text goes on.\n9   \\fi"

    assert ["```text\n7   \\fi\n8   \\fi\n```", "Then the text goes on.", "```text\n9   \\fi\n```"] == mended(
        markdown, text
    )


def test_a_table_of_one_row_is_a_line() -> None:
    """A head without rows says nothing."""
    assert ["Total 20"] == mended("| Total | 20 |\n|---|---|", "Total    20")


def test_a_short_title_cuts_a_table_too() -> None:
    """It has to be the whole row, as its letters stand in many."""
    markdown = "| Tip |  |\n|---|---|\n| Tip jar | 20 |\n| Gold | 10 |"

    assert ["Tip", "| Tip jar | 20 |\n|---|---|\n| Gold | 10 |"] == mended(
        markdown, "Tip\nTip jar    20\nGold    10", "Tip"
    )
