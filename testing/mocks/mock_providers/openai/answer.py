"""The body of an embedding answer: floats, or base64 of little-endian 32-bit floats."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
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
        """Return it as JSON."""
        data = b",".join(self._item(item) for item in self.items)
        usage = (
            b"" if self.tokens is None else b',"usage":{"prompt_tokens":%d,"total_tokens":%d}' % ((self.tokens,) * 2)
        )
        return b'{"object":"list","data":[%b],"model":%b%b}' % (data, orjson.dumps(self.model), usage)

    def _item(self, item: Item) -> bytes:
        index = b"" if item.index is None else b'"index":%d,' % item.index
        write = _base64 if self.encoding_format == "base64" else _floats
        vector = b"null" if item.vector is None else write(item.vector)
        return b'{"object":"embedding",%b"embedding":%b}' % (index, vector)


def _base64(vector: Vector) -> bytes:
    return b'"%b"' % base64.b64encode(np.ascontiguousarray(vector, _LITTLE_ENDIAN).tobytes())


def _floats(vector: Vector) -> bytes:
    return orjson.dumps(np.ascontiguousarray(vector), option=orjson.OPT_SERIALIZE_NUMPY)
