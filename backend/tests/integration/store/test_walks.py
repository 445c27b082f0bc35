"""Several moves of a job in one statement: each is checked and told as if it had come alone."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import asyncpg
import orjson
import pytest
from backend.tests.integration.store.stored_jobs import LIVE, MOVE, WAY, make

CHAIN = ("uploaded", *WAY)
WALK = (
    "UPDATE upload_pipeline.upload_jobs SET status = $2, steps_at_once = $3, progress = progress || $4::jsonb"
    " WHERE job_id = ANY ($1)"
)
CHUNKS = {"chunks_total": 2, "chunks_done": 2}
VECTORS = {"embeds_total": 2, "embeds_done": 2}


async def test_a_walk_is_told_step_by_step_with_what_was_known_by_then(connection: Any) -> None:
    """Each job's events name each move in order, and none tells a count before the step that made it."""
    jobs = await make(connection, 2)
    await connection.execute(LIVE)
    await connection.execute(WALK, jobs, "embedding_in_progress", 7, orjson.dumps(CHUNKS | VECTORS).decode())
    await connection.execute(WALK, jobs, "complete", 2, "{}")
    told: dict[Any, list[Any]] = {job: [] for job in jobs}
    for row in await connection.fetch(
        "SELECT * FROM upload_pipeline.events WHERE type = 'transition' ORDER BY event_id"
    ):
        told[row["job_id"]].append((row["from_status"], row["to_status"], orjson.loads(row["payload"])))

    known = [{}, {}, {}, {}, CHUNKS, *[CHUNKS | VECTORS] * 4]
    expected = [(*move, facts) for move, facts in zip(pairwise(CHAIN), known, strict=True)]
    assert dict.fromkeys(jobs, expected) == told
    assert 2 == await connection.fetchval("SELECT count(*) FROM upload_pipeline.receipts")


async def test_a_walk_says_how_many_steps_it_takes_or_is_refused(connection: Any) -> None:
    """From every status to every other: only the true number of steps along the chain is let through."""
    [job] = await make(connection, 1)
    taken = []
    for place, source in enumerate(CHAIN):
        if place:
            if source == "complete":
                await connection.execute(LIVE)
            await connection.execute(MOVE, [job], source)
        asked = product((*CHAIN, "failed_parse", "failed_chunking", "failed_embedding"), (-1, 0, 2, 3, 8))
        for target, steps in asked:
            if target != source and await _passes(connection, WALK, [job], target, steps, "{}"):
                taken.append((source, target, steps))

    assert taken
    assert [] == [
        (source, target, steps)
        for source, target, steps in taken
        if target not in CHAIN or CHAIN.index(target) - CHAIN.index(source) != steps
    ]


async def _passes(connection: Any, statement: str, *arguments: Any) -> bool:
    """Tell whether the database lets a statement through; nothing of it stays."""
    trial = connection.transaction()
    await trial.start()
    try:
        await connection.execute(statement, *arguments)
    except asyncpg.CheckViolationError:
        return False
    finally:
        await trial.rollback()
    return True


@pytest.mark.parametrize(
    ("walk", "missing", "sentence"),
    [
        (("parsed", "embedding_queued", 4), "document_chunk_buffer", "cannot be chunks_stored: chunks are missing"),
        (("chunks_stored", "embeddings_stored", 3), "document_vector_buffer", "embeddings_stored: vectors are missing"),
        (("embedding_in_progress", "complete", 2), "document_vector_buffer", "cannot be complete: vectors are missing"),
    ],
)
async def test_a_walk_past_what_is_not_stored_is_refused(
    connection: Any, walk: tuple[str, str, int], missing: str, sentence: str
) -> None:
    """A status that is only passed promises as much as one at which a job stays."""
    before, target, steps = walk
    jobs = await make(connection, 2, until=before)
    await connection.execute(LIVE)
    await connection.execute(f"DELETE FROM upload_pipeline.{missing} WHERE set_id = $1", jobs[1])
    with pytest.raises(asyncpg.CheckViolationError, match=sentence):
        await connection.execute(WALK, jobs, target, steps, "{}")

    assert [before] * 2 == [
        row["status"] for row in await connection.fetch("SELECT status FROM upload_pipeline.upload_jobs")
    ]
