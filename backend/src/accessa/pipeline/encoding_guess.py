"""The likely encoding of a text that is not UTF-8."""

from __future__ import annotations

from charset_normalizer import from_bytes

_SAMPLE_BYTES = 200_000
_ABOVE_ASCII = bytes(range(128, 256))
_FEW = 0.05
_WESTERN = "cp1252"


def guess_encoding(content: bytes) -> str | None:
    """Name the encoding in which the beginning of a file reads best, None when there is none."""
    sample = content[:_SAMPLE_BYTES]
    # In mostly plain text a detector has too little to go by, and takes a pound sign for a Polish letter.
    if len(sample.translate(None, _ABOVE_ASCII)) > (1 - _FEW) * len(sample):
        return _WESTERN
    best = from_bytes(sample).best()
    return best.encoding if best else None
