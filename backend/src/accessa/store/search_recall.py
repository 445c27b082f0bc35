"""How much of what an exact search finds a search through an index finds, and how long both take."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from accessa.store.database import Database
from accessa.store.search import Question, Rows, nearest_chunks
from accessa.store.search_report import IndexReport
from accessa.store.statements import load

FIRST = 10


@dataclass(frozen=True, slots=True)
class Recall:
    """Shares (1 is all) of the exact answer's first ten and of all its passages; medians of the times in seconds."""

    questions: int
    passages: int
    of_first: float
    of_all: float
    indexed_seconds: float
    exact_seconds: float


async def measure_recall(database: Database, index: IndexReport, *, questions: int, limit: int) -> Recall | None:
    """Ask for the neighbours of stored passages, in both ways in turn; None while the index is empty."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("sample_indexed_vectors"), index.index_id, questions)
    first, every, indexed_seconds, exact_seconds = [], [], [], []
    for row in rows:
        question = Question(index.user_id, row["vector"], index.kind, limit)
        exact, seconds = await _timed(database, question, through_index=False)
        exact_seconds.append(seconds)
        found, seconds = await _timed(database, question, through_index=True)
        indexed_seconds.append(seconds)
        first.append(_share(found, exact[:FIRST]))
        every.append(_share(found, exact))
    if not first:
        return None
    return Recall(
        len(first),
        limit,
        statistics.mean(first),
        statistics.mean(every),
        statistics.median(indexed_seconds),
        statistics.median(exact_seconds),
    )


async def _timed(database: Database, question: Question, *, through_index: bool) -> tuple[Rows, float]:
    begun = time.perf_counter()
    rows = await nearest_chunks(database, question, through_index=through_index)
    return rows, time.perf_counter() - begun


def _share(found: Rows, wanted: Rows) -> float:
    names = {(row["document_id"], row["chunk_id"]) for row in found}
    return sum((row["document_id"], row["chunk_id"]) in names for row in wanted) / len(wanted)
