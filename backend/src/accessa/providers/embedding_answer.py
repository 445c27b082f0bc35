"""Reads the vectors out of an embedding answer, and believes none that fails a check."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

import numpy as np
import numpy.typing as npt

from accessa.domain.errors import TransientError

Matrix = npt.NDArray[np.float32]


def read_matrix(data: Any, count: int, dimensions: int) -> Matrix:
    """Return the `count` vectors of `data` as a float32 matrix (count, dimensions), in the order of their indexes.

    Raises `TransientError` EMBED_BAD_RESPONSE unless every index comes once, and every vector is whole, finite and not
    zero.
    """
    try:
        by_index = {item["index"]: item["embedding"] for item in data}
        if len(data) != count or set(by_index) != set(range(count)):
            raise _bad(f"{len(data)} vectors for {count} texts, or indexes that do not match")
        vectors = [_vector_bytes(by_index[index]) for index in range(count)]
    except (KeyError, TypeError, ValueError, Base64Error):
        raise _bad("not a list of vectors with an index each") from None
    if any(len(vector) != dimensions * 4 for vector in vectors):
        raise _bad(f"a dimension other than {dimensions}")
    matrix = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(count, dimensions)
    norms = np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64)
    if not np.isfinite(norms).all() or not (norms > 0).all():
        raise _bad("a vector that is zero or not finite")
    return matrix


def read_tokens(answer: dict[str, Any]) -> int:
    """Return the tokens that the answer says were billed; 0 when it says nothing."""
    usage = answer.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) else 0


def _vector_bytes(embedding: Any) -> bytes:
    if isinstance(embedding, str):
        return b64decode(embedding, validate=True)
    with np.errstate(over="ignore"):  # a number beyond 32 bits becomes infinite, and is refused as that
        return np.asarray(embedding, dtype="<f4").tobytes()


def _bad(what: str) -> TransientError:
    return TransientError("EMBED_BAD_RESPONSE", provider_body=what)
