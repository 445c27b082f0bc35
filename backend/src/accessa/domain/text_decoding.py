"""Bytes of a text file as text, whatever its encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FEW_ERRORS = 0.002
_ASCII = bytes(range(0x80))


def decode_text(content: bytes, guess: Callable[[bytes], str | None]) -> str:
    """Return `content` as text: by its byte order mark, else UTF-8, else the encoding that `guess` names.

    UTF-8 with a few broken bytes stays UTF-8: each broken byte becomes U+FFFD instead of shifting the whole text.
    """
    if marked := _marked_encoding(content):
        encoding, length = marked
        return content[length:].decode(encoding, "replace")
    text = content.decode("utf-8", "replace")
    if text.count("\ufffd") <= _FEW_ERRORS * len(text) or _has_long_sequences(content):
        return text
    return content.decode(guess(content) or "cp1252", "replace")


def find_encoding(blocks: Iterable[bytes], guess: Callable[[bytes], str | None]) -> tuple[str, int]:
    """Return the encoding that `decode_text` finds for the blocks of one file, and the length of its mark in bytes.

    `guess` sees the first megabyte. The first block, unless it is the only one, has to be that long.
    """
    start = b""
    length = broken = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for block in blocks:
        if not start:
            if marked := _marked_encoding(block):
                return marked
            start = block
        text = decoder.decode(block)
        length, broken = length + len(text), broken + text.count("\ufffd")
    rest = decoder.decode(b"", final=True)
    length, broken = length + len(rest), broken + len(rest)
    if broken <= _FEW_ERRORS * length or _has_long_sequences(start):
        return "utf-8", 0
    return guess(start) or "cp1252", 0


def decode_blocks(blocks: Iterable[bytes], encoding: str, mark_length: int) -> Iterator[str]:
    """Yield the text of a file in parts: together they are what `decode_text` makes of the whole."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block[mark_length:])
        mark_length = 0
    yield decoder.decode(b"", final=True)


def _marked_encoding(content: bytes) -> tuple[str, int] | None:
    return next(((encoding, len(mark)) for mark, encoding in _MARKS if content.startswith(mark)), None)


def _has_long_sequences(content: bytes) -> bool:
    """Tell whether most bytes above ASCII form whole UTF-8 sequences, which text in another encoding hardly does."""
    sample = content[:1_000_000]
    high = len(sample.translate(None, _ASCII))
    whole = len(sample.decode("utf-8", "ignore").encode().translate(None, _ASCII))
    return whole > high // 2
