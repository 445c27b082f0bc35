"""Finds the lines of a table of contents, which would only repeat every title of the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from mock_providers.llamaparse.parsing.outline import title_key
from mock_providers.llamaparse.parsing.text_lines import TextLine

_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(\d{1,5})\s*$")
_PAGE_NUMBER = re.compile(r"(?:\s{2,}|\s*\.[\s.]*)\d{1,5}\s*$")
_SHORTEST_TITLE = 4
_FEWEST = 8
_FEWEST_CONTINUED = 2
_LONGEST_BREAK = 3
_LEAST_SHARE = 0.6
_TITLE_WORDS = 4

IsTitle = Callable[[str], bool]


class ContentsFinder:
    """Goes through the pages of one document in order and remembers whether the last one was contents."""

    def __init__(self, is_title_elsewhere: Callable[[str, int], bool], total_pages: int) -> None:
        """`is_title_elsewhere` takes the key of a line and the page that it is on."""
        self._is_title_elsewhere = is_title_elsewhere
        self._total = total_pages
        self.last = -1
        """The last page that held contents."""

    def find(self, page: int, lines: Sequence[TextLine]) -> set[int]:
        """Return the numbers of the lines that are contents, with the title above them."""
        entries = [place for place, line in enumerate(lines) if self._is_entry(line.text, page)]
        fewest = _FEWEST_CONTINUED if page == self.last + 1 else _FEWEST
        found: set[int] = set()
        for run in _runs(entries):
            whole = range(run[0], run[-1] + 1)
            if len(run) >= max(fewest, _LEAST_SHARE * len(whole)) and self._is_contents([lines[at] for at in run]):
                found.update(_with_title(lines, whole))
                fewest = _FEWEST_CONTINUED
        if found:
            self.last = page
        return {lines[place].number for place in found}

    def _is_entry(self, line: str, page: int) -> bool:
        if _ends_in_number(line) and _LEADERS.search(line):
            return True
        key = _key(line)
        return len(key) >= _SHORTEST_TITLE and self._is_title_elsewhere(key, page)

    def _is_contents(self, lines: Sequence[TextLine]) -> bool:
        """Tell whether leaders go to rising pages, as amounts do not, and titles differ, as names in code do not."""
        numbers = [int(found[1]) for line in lines if (found := _LEADERS.search(line.text))]
        rise = numbers == sorted(numbers) and all(number <= self._total for number in numbers)
        return rise and len({_key(line.text) for line in lines}) >= _LEAST_SHARE * len(lines)


def _key(line: str) -> str:
    return title_key(_PAGE_NUMBER.sub("", line) if _ends_in_number(line) else line)


def _ends_in_number(line: str) -> bool:
    return line.rstrip()[-1:].isdecimal()


def _runs(places: list[int]) -> list[list[int]]:
    """Cut where more lines than a wrapped title has stand between two entries."""
    runs = [places[:1]] if places else []
    for before, place in pairwise(places):
        if place - before > _LONGEST_BREAK:
            runs.append([])
        runs[-1].append(place)
    return runs


def _with_title(lines: Sequence[TextLine], found: range) -> range:
    """Add the lines above that can only be the title of the contents: short ones from the top of the page."""
    above = lines[: found.start]
    return range(found.stop) if all(len(line.words.split()) <= _TITLE_WORDS for line in above) else found
