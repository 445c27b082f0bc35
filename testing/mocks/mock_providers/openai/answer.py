"""The body of an embedding answer: floats, or base64 of little-endian 32-bit floats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
import pybase64
from numpy.typing import NDArray

Vector = NDArray[np.float32]
EncodingFormat = Literal["float", "base64"]
_LITTLE_ENDIAN = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Item:
    """One vector of an answer and the place of its input; either may be missing in an answer that is wrong."""

    index: int | None
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says."""

    items: Sequence[Item]
    model: str
    tokens: int | None
    encoding_format: EncodingFormat

    def body(self) -> bytes:
        """Return it as JSON, put together in one go: it may have many megabytes."""
        parts = [b'{"object":"list","data":[']
        for item in self.items:
            parts += (*self._item(item), b",")
        if self.items:
            parts.pop()
        parts.append(b'],"model":%b%b}' % (orjson.dumps(self.model), self._usage()))
        return b"".join(parts)

    def _item(self, item: Item) -> tuple[bytes, bytes, bytes]:
        index = b"" if item.index is None else b'"index":%d,' % item.index
        head = b'{"object":"embedding",%b"embedding":' % index
        if item.vector is None:
            return head, b"null", b"}"
        if self.encoding_format == "base64":
            return head + b'"', _base64(item.vector), b'"}'
        return head, _floats(item.vector), b"}"

    def _usage(self) -> bytes:
        return b"" if self.tokens is None else b',"usage":{"prompt_tokens":%d,"total_tokens":%d}' % ((self.tokens,) * 2)


def _base64(vector: Vector) -> bytes:
    return pybase64.b64encode(np.ascontiguousarray(vector, _LITTLE_ENDIAN).data)


def _floats(vector: Vector) -> bytes:
    return orjson.dumps(np.ascontiguousarray(vector), option=orjson.OPT_SERIALIZE_NUMPY)
