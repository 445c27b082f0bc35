"""Bytes of a text file to text, and telling text from binary data."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")
_DECLARED_WITHIN = 4096
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def decode(data: bytes) -> str:
    """Return the text: by byte order mark, as UTF-8, as the file declares, else as Windows-1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_declared_encoding(data) or "cp1252", "replace")


def looks_like_text(head: bytes) -> bool:
    """Tell whether the first bytes of a file are text rather than binary data."""
    if any(head.startswith(mark) for mark, _ in _MARKS):
        return True
    return bool(head) and len(head.translate(None, _CONTROL)) == len(head)


def _declared_encoding(data: bytes) -> str | None:
    found = _DECLARED.search(data[:_DECLARED_WITHIN])
    if not found:
        return None
    try:
        return codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
