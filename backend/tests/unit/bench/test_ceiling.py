"""The raw reference does all of the work that it is measured by."""

from __future__ import annotations

import struct
from base64 import b64encode

import numpy as np
import orjson

from accessa.bench.ceiling import chunks_of, copy_rows
from accessa.bench.corpus import write_corpus


def test_chunks_hold_the_whole_text_within_the_limit() -> None:
    """Every word of a document stands in its chunks, in order, and none is longer than a thousand characters."""
    [document] = write_corpus("main", documents=1)
    text = f"{document.content.decode()}\n\n{'x' * 2500}"
    chunks = list(chunks_of(b"d" * 16, text))

    assert "".join(text.split()) == "".join("".join(chunk[3] for chunk in chunks).split())
    assert max(len(chunk[3]) for chunk in chunks) <= 1000
    assert len(chunks) == len({chunk[0] for chunk in chunks})
    assert list(range(len(chunks))) == [chunk[2] for chunk in chunks]


def test_rows_are_what_postgres_and_pgvector_read() -> None:
    """A row holds ids, ordinal, text, and the vector as two numbers and big-endian floats."""
    vector = np.array([1.5, -2.0], "<f4")
    answer = orjson.dumps({"data": [{"embedding": b64encode(vector.tobytes()).decode()}]})
    rows = copy_rows([(b"i" * 16, b"d" * 16, 7, "text")], answer, 2)

    body = rows[19:-2]
    assert b"PGCOPY\n\xff\r\n\x00" == rows[:11]
    assert struct.pack(">hi16si16siii4s", 5, 16, b"i" * 16, 16, b"d" * 16, 4, 7, 4, b"text") == body[:58]
    assert struct.pack(">ihhff", 12, 2, 0, 1.5, -2.0) == body[58:]
