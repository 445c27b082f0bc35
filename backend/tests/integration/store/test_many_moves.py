"""Many jobs moved by one statement: each leaves what it would have left alone, and one that may not stops them all."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import asyncpg
import orjson
import pytest
from backend.tests.integration.store.stored_jobs import CALLS, LIVE, MOVE, WAY, make


async def test_jobs_that_are_moved_together_tell_their_moves_one_by_one(connection: Any) -> None:
    """Each job has an event for each move, in the order of the moves, under its own epoch and document."""
    jobs = await make(connection, until="embeddings_stored")
    rows = await connection.fetch(
        "SELECT e.job_id, e.from_status, e.to_status, e.lease_epoch, e.document_id = j.document_id AS its_own"
        " FROM upload_pipeline.events e JOIN upload_pipeline.upload_jobs j USING (job_id)"
        " WHERE e.type = 'transition' ORDER BY e.event_id"
    )
    told = {job: [tuple(row)[1:] for row in rows if row["job_id"] == job] for job in jobs}
    steps = ["uploaded", *WAY[:-1]]

    assert {job: [(*step, 1, True) for step in pairwise(steps)] for job in jobs} == told


async def test_jobs_that_are_completed_together_each_have_their_receipt(each_database_url: str) -> None:
    """What is written is what is counted on reading, and the intents of each are closed."""
    connection = await asyncpg.connect(each_database_url)
    jobs = await make(connection, until="embeddings_stored")
    await connection.execute(LIVE)
    await connection.execute(CALLS)
    await connection.execute(MOVE, jobs, "complete")
    counted = (
        "SELECT c.* FROM unnest($1::uuid[]) AS ended (job_id), upload_pipeline.count_receipt(ended.job_id) c"
        " ORDER BY job_id"
    )
    written = "SELECT * FROM upload_pipeline.receipts ORDER BY job_id"
    receipts = [dict(row) for row in await connection.fetch(written)]
    states = await connection.fetch("SELECT DISTINCT state FROM upload_pipeline.provider_calls")
    read = [dict(row) for row in await connection.fetch(counted, jobs)]
    await connection.close()

    assert read == receipts
    assert sorted(jobs) == [row["job_id"] for row in receipts]
    assert {(2, 2, 3, "accessa")} == {
        (r["chunks"], r["vectors"], r["dimensions"], r["embed_provider"]) for r in receipts
    }
    assert {9} == {len(orjson.loads(row["stage_seconds"])) for row in receipts}
    assert ["abandoned"] == [row["state"] for row in states]


@pytest.mark.parametrize(
    ("before", "harm", "target", "sentence"),
    [
        ("chunking", "DELETE FROM upload_pipeline.document_chunk_buffer WHERE set_id = $1", "chunks_stored", "chunks"),
        (
            "embedding_in_progress",
            "DELETE FROM upload_pipeline.document_vector_buffer WHERE set_id = $1",
            "embeddings_stored",
            "vectors",
        ),
        (
            "embeddings_stored",
            "DELETE FROM upload_pipeline.document_chunk_buffer WHERE set_id = $1 AND chunk_ord = 1",
            "complete",
            "chunks are missing",
        ),
        (
            "embeddings_stored",
            (
                "DELETE FROM upload_pipeline.document_vector_buffer v USING upload_pipeline.document_chunk_buffer c"
                " WHERE c.set_id = $1 AND c.chunk_ord = 1 AND v.set_id = c.set_id AND v.chunk_id = c.chunk_id"
            ),
            "complete",
            "vectors are missing",
        ),
        (
            "embeddings_stored",
            (
                "UPDATE upload_pipeline.documents"
                " SET live_set_id = NULL, live_embed_model = NULL, live_embed_version = NULL WHERE live_set_id = $1"
            ),
            "complete",
            "its set is not live",
        ),
        (
            "embeddings_stored",
            "UPDATE upload_pipeline.upload_jobs SET progress = '{\"embeds_done\": 7}' WHERE job_id = $1",
            "complete",
            "the tables hold 2 and 2",
        ),
        (
            "embeddings_stored",
            (
                "UPDATE upload_pipeline.upload_jobs SET status = 'failed_embedding',"
                ' last_error = \'{"code": "X", "message": "x"}\' WHERE job_id = $1'
            ),
            "complete",
            "cannot move from failed_embedding to complete",
        ),
    ],
)
async def test_one_job_that_may_not_move_stops_those_that_are_moved_with_it(
    connection: Any, before: str, harm: str, target: str, sentence: str
) -> None:
    """The database refuses the whole statement, says which job and why, and nothing of it stays."""
    jobs = await make(connection, until=before)
    await connection.execute(LIVE)
    await connection.execute(harm, jobs[2])
    told = "SELECT count(*) FROM upload_pipeline.events"
    events = await connection.fetchval(told)
    with pytest.raises(asyncpg.CheckViolationError, match=sentence) as refused:
        await connection.execute(MOVE, jobs, target)
    held = await connection.fetch("SELECT job_id FROM upload_pipeline.upload_jobs WHERE status = $1", target)

    assert "cannot move" in sentence or str(jobs[2]) in str(refused.value)
    assert ([], events) == (held, await connection.fetchval(told))


async def test_moves_and_renewals_write_no_index(connection: Any) -> None:
    """A job that somebody holds is moved, and its lease renewed, without an entry in any index."""
    [job] = await make(connection, 1)
    await connection.execute(
        "UPDATE upload_pipeline.upload_jobs SET lease_owner = 'w', available_at = '2026-01-01 00:01:01+00'"
    )
    await connection.execute(MOVE, [job], "parse_queued")
    counted = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'upload_jobs'"
    async with connection.transaction():
        before = await connection.fetchrow(counted)
        for number, status in enumerate(WAY[1:4]):
            await connection.execute(
                "UPDATE upload_pipeline.upload_jobs SET status = $1, progress = '{\"chunks_total\": 1}',"
                " available_at = available_at + $2 * interval '1 second', updated_at = clock_timestamp()",
                status,
                number,
            )
        after = await connection.fetchrow(counted)

    assert [3, 3] == [now - then for now, then in zip(after, before, strict=True)]


async def test_a_held_job_is_found_no_later_than_its_lease_ends(connection: Any) -> None:
    """The end of a lease is rounded down in the indexes, by less than 15 seconds; other jobs are due to the moment."""
    await make(connection, 1)
    asked = (
        "UPDATE upload_pipeline.upload_jobs SET lease_owner = $1, available_at = $2::text::timestamptz RETURNING due_at"
    )
    times = [
        (await connection.fetchval(asked, owner, f"2026-01-01 00:00:{second}+00")).second + 0.0
        for owner, second in (("w", "14.9"), ("w", "15"), ("w", "44"), (None, "44"))
    ]

    assert [0, 15, 30, 44] == times
