"""Text from right to left is taken from the reader that has its words in order."""

from __future__ import annotations

from mock_providers.llamaparse.parsing.outline import title_key
from mock_providers.llamaparse.parsing.right_to_left import is_right_to_left, reads_better

IN_ORDER = "نیازی به آن ندارید. اگر از آن استفاده می‌کنید"
TURNED = "اگر از آن استفاده می‌کنید .ندارید نیازی به آن"


def test_a_page_is_judged_by_most_of_its_letters() -> None:
    """A Latin word within Persian text changes nothing, nor does a Persian word within English text."""
    assert (True, False) == (
        is_right_to_left(f"LaTeX {IN_ORDER}"),
        is_right_to_left(f"The words {IN_ORDER[:5]} mean it"),
    )


def test_a_full_stop_before_a_word_is_a_wrong_order() -> None:
    """The text whose sentences end behind their words is better, unless it lacks letters or is no different."""
    assert (True, False) == (reads_better(IN_ORDER, TURNED), reads_better(TURNED, IN_ORDER))
    assert (False, False) == (reads_better(IN_ORDER[:20], TURNED), reads_better(IN_ORDER, IN_ORDER))


def test_a_number_that_came_apart_is_no_part_of_a_title() -> None:
    """The key of a title is the same with its number before it in either order."""
    assert title_key("دیباچه") == title_key("\u06f3.\u06f1 دیباچه") == title_key(".\u06f1 \u06f3 دیباچه")
