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
_LITTLE_ENDIAN = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Item:
    """One vector of an answer and the place of its input."""

    index: int
    vector: Vector


def answer_body(items: Sequence[Item], model: str, tokens: int, encoding_format: Literal["float", "base64"]) -> bytes:
    """Return the JSON body."""
    write = _base64 if encoding_format == "base64" else _floats
    data = b",".join(
        b'{"object":"embedding","index":%d,"embedding":%b}' % (item.index, write(item.vector)) for item in items
    )
    usage = b'{"prompt_tokens":%d,"total_tokens":%d}' % (tokens, tokens)
    return b'{"object":"list","data":[%b],"model":%b,"usage":%b}' % (data, orjson.dumps(model), usage)


def _base64(vector: Vector) -> bytes:
    return b'"%b"' % base64.b64encode(np.ascontiguousarray(vector, _LITTLE_ENDIAN).tobytes())


def _floats(vector: Vector) -> bytes:
    return orjson.dumps(np.ascontiguousarray(vector), option=orjson.OPT_SERIALIZE_NUMPY)
