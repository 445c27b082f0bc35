"""Vectors as pgvector sends them: int16 dimensions, int16 zero, then big-endian float32 numbers."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import numpy.typing as npt


def to_wire(matrix: npt.NDArray[np.float32]) -> list[bytes]:
    """Return each row of a float32 matrix (n, dimensions) in wire form; no number becomes a Python float."""
    count, dimensions = matrix.shape
    head = struct.pack(">HH", dimensions, 0)
    body = matrix.astype(">f4").tobytes()
    width = dimensions * 4
    return [head + body[row * width : (row + 1) * width] for row in range(count)]


def vector_sha(wire: bytes) -> str:
    """Return the hex SHA-256 of a vector's wire form."""
    return hashlib.sha256(wire).hexdigest()
