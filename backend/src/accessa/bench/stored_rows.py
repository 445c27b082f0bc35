"""What another system has stored, counted in its own tables: its word alone is not taken."""

from __future__ import annotations

import json
from dataclasses import dataclass

import asyncpg
import numpy as np

from accessa.bench.program_run import Program
from accessa.drill.desks import Desks

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Chunks with a vector, the documents that they are of, and how many of a sample have another's vector."""

    chunks: int
    documents: int
    wrong_vectors: int = 0


async def look_at_rows(
    program: Program, database_url: str, desks: Desks, model: str, dimensions: int
) -> StoredRows | None:
    """Run the program's own statements in its database; None for one that names none."""
    if not program.count_sql:
        return None
    connection = await asyncpg.connect(database_url, ssl=False)
    try:
        row = await connection.fetchrow(program.count_sql)
        sample = await connection.fetch(program.sample_sql) if program.sample_sql else []
    finally:
        await connection.close()
    right = await desks.vectors([each["text"] for each in sample], model, dimensions)
    wrong = sum(
        not np.allclose(json.loads(each["vector"]), vector, atol=_TOLERANCE)
        for each, vector in zip(sample, right, strict=True)
    )
    return StoredRows(row["chunks"], row["documents"], wrong)
