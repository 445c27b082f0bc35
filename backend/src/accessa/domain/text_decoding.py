"""Bytes of a text file as text, whatever its encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FEW_ERRORS = 0.002


def decode_text(content: bytes, guess: Callable[[bytes], str | None]) -> str:
    """Return `content` as text: by its byte order mark, else UTF-8, else the encoding that `guess` names.

    UTF-8 with a few broken bytes stays UTF-8: each broken byte becomes U+FFFD instead of shifting the whole text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    text = content.decode("utf-8", "replace")
    if text.count("\ufffd") <= _FEW_ERRORS * len(text) or _has_long_sequences(content):
        return text
    return content.decode(guess(content) or "cp1252", "replace")


def _has_long_sequences(content: bytes) -> bool:
    """Tell whether most bytes above ASCII form whole UTF-8 sequences, which text in another encoding hardly does."""
    high = sum(byte >= 0x80 for byte in content[:1_000_000])  # noqa: PLR2004 - the end of ASCII
    good = content[:1_000_000].decode("utf-8", "ignore")
    whole = sum(len(char.encode()) for char in good if ord(char) >= 0x80)  # noqa: PLR2004
    return whole > high // 2
