"""Vectors as pgvector sends them: int16 dimensions, int16 zero, then big-endian float32 numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_NUMBER_BYTES = 4


def to_wire(matrix: npt.NDArray[np.float32]) -> list[bytes]:
    """Return each row of a float32 matrix (n, dimensions) in wire form; no number becomes a Python float."""
    count, dimensions = matrix.shape
    packed = np.empty((count, 1 + dimensions), ">f4")
    packed[:, 1:] = matrix
    packed.view(">u2")[:, :2] = dimensions, 0
    wires: list[bytes] = packed.view(f"V{packed.shape[1] * _NUMBER_BYTES}").ravel().tolist()
    return wires


def from_wire(wires: Sequence[bytes]) -> npt.NDArray[np.float32]:
    """Return vectors in wire form, at least one and all of one length, as the rows of a float32 matrix."""
    packed = np.frombuffer(b"".join(wires), ">f4").reshape(len(wires), -1)
    return packed[:, 1:].astype(np.float32)


def vector_sha(wire: bytes) -> str:
    """Return the hex SHA-256 of a vector's wire form."""
    return hashlib.sha256(wire).hexdigest()
