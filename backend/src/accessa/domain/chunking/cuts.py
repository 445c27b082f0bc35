"""Cuts: where to divide a block that is too long for one chunk."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(
    r"[.!?\u2026\u061f\u06d4\u0964\u0965][)\]}\"'\u201d\u2019\u00bb*_`]*+(?=\s)"  # followed by a blank
    r"|[\u3002\uff01\uff1f\uff61\uff0e][\u300d\u300f\uff09\u201d\u2019\u3009\u300b\u3011]*+"  # no blanks in Chinese
)
_NEVER_FIRST = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0981-\u0983\u09bc\u09be-\u09cd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_BLANKS = " \n\t\u3000"
_JOINER = "\u200d"
_LONGEST_CLUSTER = 32


def find_cut(text: str, start: int, stop: int, *, at_lines: bool) -> int:
    """The offset, after `start` and at most `stop`, where a block that runs on past `stop` is best divided.

    Code and tables (`at_lines`) are cut at a line end, anything else after a sentence in the second half of the room.
    Failing that, the cut is at the last blank, else hard: but not before a few combining marks. A line end or a blank
    that leaves less than an eighth of the room is no place for a cut.
    """
    least = start + 1 + (stop - start) // 8
    if at_lines:
        border = text.rfind("\n", least, stop + 1)
    else:
        border = _last_sentence_end(text, start + (stop - start) // 2, stop)
    return max(border, 0) or _last_blank(text, least, stop) or _hard_cut(text, start, stop)


def _last_sentence_end(text: str, least: int, stop: int) -> int:
    cut = 0
    for found in _SENTENCE_END.finditer(text, least, stop + 1):
        cut = found.end() if found.end() <= stop else cut
    return cut


def _last_blank(text: str, least: int, stop: int) -> int:
    return max(0, *(text.rfind(blank, least, stop + 1) for blank in _BLANKS))


def _hard_cut(text: str, start: int, stop: int) -> int:
    lowest = max(start, stop - _LONGEST_CLUSTER)
    cut = stop
    while cut > lowest and (_NEVER_FIRST.match(text, cut) or text[cut - 1] == _JOINER):
        cut -= 1
    return cut if cut > lowest else stop
