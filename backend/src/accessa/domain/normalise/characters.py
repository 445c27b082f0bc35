"""Characters: which ones no stored text may hold, line ends, and Unicode NFC in linear time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

_FORBIDDEN_RANGES = (
    (0x0000, 0x0008),  # control characters, without tab and the line ends
    (0x000E, 0x001F),
    (0x007F, 0x0084),
    (0x0086, 0x009F),
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200F),  # zero-width blank, joiners, direction marks
    (0x202A, 0x202E),  # direction embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, direction isolates
    (0xD800, 0xDFFF),  # surrogates: a Python string holds them only when they are alone
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0xFFFE, 0xFFFF),  # not characters at all
    (0xE0000, 0xE007F),  # tags: invisible copies of ASCII
)
_LINE_ENDS = ("\r", "\v", "\f", "\x85", "\u2028", "\u2029")
_USUAL_BYTES = b"\t\n\v\f\r" + bytes(range(0x20, 0x7F))
_LONGEST_MARK_RUN = 30  # the limit of Unicode's stream-safe text format (UAX 15)
_WITHOUT_MARKS = (
    (0x0000, 0x02FF),  # Latin
    (0x0370, 0x0482),  # Greek, Cyrillic
    (0x2000, 0x206F),  # punctuation
    (0x2100, 0x2BFF),  # symbols
    (0x3041, 0x3096),  # Hiragana
    (0x30A0, 0x30FF),  # Katakana
    (0x3400, 0x9FFF),  # Chinese
    (0xAC00, 0xD7A3),  # Korean
    (0xFF00, 0xFFEF),  # wide and narrow forms
)
_LAST_OF_PLANE_0 = 0xFFFF
_PLANE_1 = (0x10000, 0x1FFFF)


def _character_class(ranges: Sequence[tuple[int, int]], but: str = "") -> str:
    return f"[{but}" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]"


_FORBIDDEN = re.compile(_character_class(_FORBIDDEN_RANGES) + "++")
_MAY_BE_MARKS = re.compile(f"{_character_class(_WITHOUT_MARKS, but='^')}{{{_LONGEST_MARK_RUN + 1}}}")


def clean_characters(text: str) -> tuple[str, int]:
    """The text with line feeds only, in NFC, without forbidden characters; and how many characters were dropped."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    for line_end in _LINE_ENDS:
        if line_end in text:
            text = text.replace(line_end, "\n")
    unusual = _unusual_characters(text)
    kept = text
    if _FORBIDDEN.search(unusual):
        kept, unusual = _FORBIDDEN.sub("", text), _FORBIDDEN.sub("", unusual)
    if not unusual:
        return kept, len(text) - len(kept)
    may_have_long_runs = _MAY_BE_MARKS.search(unusual)
    short = _cut_mark_runs(kept) if may_have_long_runs else kept
    composed = unicodedata.normalize("NFC", short)  # takes time quadratic in the length of a run of combining marks
    clean = composed if composed == short else _cut_mark_runs(composed)
    return clean, len(text) - len(short) + len(composed) - len(clean)


def _unusual_characters(text: str) -> str:
    """The characters beyond printable ASCII and line ends, in order: few, so that looking at each takes little time."""
    content = text.encode("utf-8", "surrogatepass").translate(None, _USUAL_BYTES)
    return content.decode("utf-8", "surrogatepass")


def _cut_mark_runs(text: str) -> str:
    suspicious, long_run = _mark_runs()
    return long_run.sub(r"\1", text) if suspicious.search(text) else text


@cache
def _mark_runs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A fast pattern that finds every long run of marks, and some others; and an exact one that finds what to cut."""
    ranges = list(_ranges([point for point in range(0x300, 0x20000) if unicodedata.combining(chr(point))]))
    marks = _character_class(ranges)
    roughly = _character_class([span for span in ranges if span[1] <= _LAST_OF_PLANE_0] + [_PLANE_1])
    return re.compile(f"{roughly}{{{_LONGEST_MARK_RUN + 1}}}"), re.compile(f"({marks}{{{_LONGEST_MARK_RUN}}}){marks}+")


def _ranges(points: list[int]) -> Iterator[tuple[int, int]]:
    for _, group in groupby(enumerate(points), key=lambda item: item[1] - item[0]):
        run = [point for _, point in group]
        yield run[0], run[-1]
