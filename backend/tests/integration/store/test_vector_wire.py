"""Vectors on the wire are, byte for byte, those that Postgres' own pgvector sends and takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import SecretStr

from accessa.providers.vector_wire import to_wire, vector_sha
from accessa.settings import DatabaseSettings
from accessa.store.database import Database

Matrix = npt.NDArray[np.float32]

ODD = np.array(
    [
        [0.0, -0.0, 1.0, -1.0],
        [np.finfo(np.float32).max, np.finfo(np.float32).min, np.finfo(np.float32).tiny, np.finfo(np.float32).eps],
        [1e-45, -1e-45, 1 / 3, 0.1],
        [16_777_217.0, 3.14159274, -2.5, 1e38],
    ],
    np.float32,
)


def made(rows: int, dimensions: int) -> Matrix:
    """Return rows of length 1, as a provider sells them."""
    matrix = np.random.default_rng(dimensions).standard_normal((rows, dimensions)).astype(np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)


def as_literal(row: Matrix) -> str:
    """Return a vector as SQL text, exact to the last bit of its 32."""
    return "[" + ",".join(repr(float(number)) for number in row) + "]"


@pytest.fixture
async def connection(each_database_url: str) -> AsyncIterator[Any]:
    """A connection as the product opens them, once to Postgres 18 and once to 16."""
    database = Database(DatabaseSettings(url=SecretStr(each_database_url), pool_size=2))
    async with database.connection() as opened:
        yield opened
    await database.close()


@pytest.mark.parametrize("matrix", [ODD, made(3, 1), made(3, 256), made(2, 384), made(2, 1536), made(1, 16_000)])
async def test_the_wire_form_is_what_pgvector_sends(connection: Any, matrix: Matrix) -> None:
    """Given the same numbers as text, the database sends the very bytes that we send."""
    sent = await connection.fetch(
        "SELECT vector_send(literal::vector) AS wire FROM unnest($1::text[]) WITH ORDINALITY AS t (literal, place)"
        " ORDER BY place",
        [as_literal(row) for row in matrix],
    )

    assert [bytes(row["wire"]) for row in sent] == to_wire(matrix)


async def test_what_we_send_is_what_the_database_holds(connection: Any) -> None:
    """Bytes that go in come out again, and the database reads the numbers we meant."""
    matrix = made(4, 1536)

    rows = await connection.fetch(
        "SELECT wire, vector_norm(wire) AS norm FROM unnest($1::vector[]) WITH ORDINALITY AS t (wire, place)"
        " ORDER BY place",
        to_wire(matrix),
    )

    assert to_wire(matrix) == [row["wire"] for row in rows]
    assert [1.0] * 4 == pytest.approx([row["norm"] for row in rows], abs=1e-6)


async def test_the_database_names_a_vector_as_we_do(connection: Any) -> None:
    """The hash that is stored beside a vector can be checked inside the database."""
    query = "SELECT encode(sha256(vector_send($1::text::vector)), 'hex')"

    assert await connection.fetchval(query, as_literal(ODD[1])) == vector_sha(to_wire(ODD)[1])
