"""Tells pages that are a table of contents, which would only repeat every title of the document."""

from __future__ import annotations

import re
from collections.abc import Callable

from mock_providers.llamaparse.parsing.outline import title_key

_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(\d{1,5})\s*$")
_PAGE_NUMBER = re.compile(r"[\s.]*\b\d{1,5}\s*$")
_FEWEST = 8
_LEAST_SHARE = 0.6


def is_contents_page(text: str, is_title_elsewhere: Callable[[str], bool], total_pages: int) -> bool:
    """Tell whether most lines of a page are titles of other pages, or dotted leaders to rising page numbers.

    `is_title_elsewhere` takes the key of a line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < _FEWEST:
        return False
    named = sum(is_title_elsewhere(title_key(_PAGE_NUMBER.sub("", line))) for line in lines)
    leaders = [int(found[1]) for line in lines if (found := _LEADERS.search(line))]
    rising = leaders == sorted(leaders) and all(number <= total_pages for number in leaders)
    needed = max(_FEWEST, _LEAST_SHARE * len(lines))
    return named >= needed or (rising and len(leaders) >= needed)
