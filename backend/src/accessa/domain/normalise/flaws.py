"""Flaws: the places of a page at which its layout may have to be mended; what lies between them stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

_OF_FIRST_LINE = re.compile(r" |[*+] |```|~~~")
_OF_LINES = re.compile(r"\n(?: |[*+] |```|~~~|\n\n|(?<= \n))")
_ODD = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000•◦▪‣"
_TOO_MANY_LINE_ENDS = "\n\n\n"


class Flaws:
    """The flaws of one text: indents, loose blanks, unusual blanks and bullets, fences, and too many blank lines.

    A search begins where the last one of its sort has ended, so that the time is linear in the length of the text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = len(text.rstrip("\n"))
        # Not as bound methods: the circle of references would keep the text for long.
        self._searches: list[Callable[[Flaws, int], int]] = [Flaws._double_blank, Flaws._in_lines]
        odd = "".join(char for char in ("\t" if text.isascii() else _ODD) if char in text)
        if odd:
            self._odd = re.compile(f"[{odd}]")
            self._searches.append(Flaws._odd_character)
        self._found = [-1] * len(self._searches)

    def flawless_until(self, position: int) -> int:
        """The end of the flawless blocks that begin at `position`, which is that itself when the first has a flaw.

        Blocks are parted by blank lines; the end is that of a line, or of the text. A block begins with a line that is
        not empty.
        """
        if _OF_FIRST_LINE.match(self._text, position):
            return position
        for number, search in enumerate(self._searches):
            if self._found[number] < position:
                self._found[number] = search(self, position)
        flaw = min(self._found)
        if flaw == self._end or self._text.startswith(_TOO_MANY_LINE_ENDS, flaw):
            return flaw
        return max(position, self._text.rfind("\n\n", position, flaw + 1))

    def _double_blank(self, position: int) -> int:
        found = self._text.find("  ", position)
        return self._end if found < 0 else found

    def _in_lines(self, position: int) -> int:
        found = _OF_LINES.search(self._text, position)
        line_end = found.start() if found else self._end
        return line_end - (self._text[line_end - 1] == " ")

    def _odd_character(self, position: int) -> int:
        found = self._odd.search(self._text, position)
        return found.start() if found else self._end
