"""Reads the vectors out of an embedding answer, and believes none that fails a check."""

from __future__ import annotations

from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pybase64

from accessa.domain.errors import TransientError
from accessa.providers.vector_wire import to_wire, vector_sha

_FLOAT_BYTES = 4
# What is made on the way from one form to the other takes as much memory as this many vectors, several times.
_VECTORS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector a text, in order, in the form that pgvector takes, and its SHA-256.

    `wires` hold int16 dimensions, int16 zero and big-endian float32 numbers each; `shas` are their hashes in hex.
    """

    wires: list[bytes]
    shas: list[str]


def read_vectors(data: Any, count: int, dimensions: int) -> Vectors:
    """Return the `count` vectors of `data`, whose numbers are those of float32, in the order of their indexes.

    Raises `TransientError` EMBED_BAD_RESPONSE unless every index comes once, and every vector is whole, finite and not
    zero.
    """
    try:
        by_index = {item["index"]: item["embedding"] for item in data}
        if len(data) != count or set(by_index) != set(range(count)):
            raise _bad(f"{len(data)} vectors for {count} texts, or indexes that do not match")
        in_order = (_vector_bytes(by_index[index]) for index in range(count))
        wires: list[bytes] = []
        while some := list(islice(in_order, _VECTORS_AT_ONCE)):
            wires += to_wire(_checked_matrix(some, dimensions))
    except (KeyError, TypeError, ValueError, Base64Error):
        raise _bad("not a list of vectors with an index each") from None
    return Vectors(wires, [vector_sha(wire) for wire in wires])


def _checked_matrix(vectors: Sequence[bytes], dimensions: int) -> npt.NDArray[np.float32]:
    if any(len(vector) != dimensions * _FLOAT_BYTES for vector in vectors):
        raise _bad(f"a dimension other than {dimensions}")
    matrix = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(vectors), dimensions)
    if not _are_usable(matrix):
        raise _bad("a vector that is zero or not finite")
    return matrix


def read_tokens(answer: dict[str, Any]) -> int:
    """Return the tokens that the answer says were billed; 0 when it says nothing."""
    usage = answer.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) else 0


def _are_usable(matrix: npt.NDArray[np.float32]) -> bool:
    """Tell whether all rows are finite and not zero; the few whose square leaves 32 bits are looked at with 64."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", matrix, matrix)
    doubtful = matrix[~(np.isfinite(squares) & (squares > 0))]
    exact = np.einsum("ij,ij->i", doubtful, doubtful, dtype=np.float64)
    return bool((np.isfinite(exact) & (exact > 0)).all())


def _vector_bytes(embedding: Any) -> bytes:
    if isinstance(embedding, str):
        return pybase64.b64decode(embedding, validate=True)
    with np.errstate(over="ignore"):  # a number beyond 32 bits becomes infinite, and is refused as that
        return np.asarray(embedding, dtype="<f4").tobytes()


def _bad(what: str) -> TransientError:
    return TransientError("EMBED_BAD_RESPONSE", provider_body=what)
