"""The wire form of vectors: sizes, byte order, and every bit of every number."""

from __future__ import annotations

import hashlib
import re
import struct

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from accessa.providers.vector_wire import to_wire, vector_sha

Matrix = npt.NDArray[np.float32]

SOME: Matrix = np.arange(15, dtype=np.float32).reshape(3, 5)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.floats(width=32)))
def test_every_number_keeps_its_bits(matrix: Matrix) -> None:
    """Each row is its size, two zero bytes and its numbers, largest byte first; nothing is rounded."""
    for row, wire in zip(matrix, to_wire(matrix), strict=True):
        assert (len(row), 0) == struct.unpack(">HH", wire[:4])
        assert row.tobytes() == np.frombuffer(wire[4:], ">f4").astype("<f4").tobytes()


def test_a_matrix_may_lie_in_memory_in_any_way() -> None:
    """Turned or read-only matrices, and those of the other byte order, are sent like any other."""
    turned = np.asfortranarray(SOME)
    frozen = np.frombuffer(SOME.tobytes(), "<f4").reshape(3, 5)

    expected = to_wire(SOME)

    assert [expected] * 4 == [to_wire(turned), to_wire(frozen), to_wire(SOME.astype(">f4")), to_wire(SOME.copy())]
    assert expected[::-1] == to_wire(SOME[::-1])


def test_a_known_vector() -> None:
    """The form was written down once; stored hashes hang on it."""
    assert [bytes.fromhex("0002 0000 3f800000 c0200000")] == to_wire(np.array([[1.0, -2.5]], np.float32))


def test_nothing_is_sent_for_nothing() -> None:
    """A batch without rows is an empty list."""
    assert [] == to_wire(np.empty((0, 1536), np.float32))


def test_a_hash_is_the_sha256_of_the_wire_form() -> None:
    """Lower-case hex of the bytes that are sent, so that equal vectors have equal hashes."""
    wire = to_wire(SOME)[0]

    assert hashlib.sha256(wire).hexdigest() == vector_sha(wire)
    assert re.fullmatch("[0-9a-f]{64}", vector_sha(wire))
