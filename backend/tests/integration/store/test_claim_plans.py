"""What a claim costs in a table of 50,000 jobs, whoever they belong to and whatever they wait for."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import pytest

from accessa.store.statements import load

JOBS = 50_000
MOST_PAGES, MOST_ROWS = 4000, 1000
# How many users, and the part of jobs that is due, waits, or has ended.
SHAPES = [(users, kind) for users in (1, 500, JOBS) for kind in ("due", "waiting", "ended")]
WORST = (JOBS, "waiting")
FILL = """
INSERT INTO upload_pipeline.upload_jobs
    (job_id, document_id, user_id, status, raw_path, processing_completed_at, available_at)
SELECT gen_random_uuid(), gen_random_uuid(), md5((n % $2)::text)::uuid,
    CASE WHEN $3 = 'ended' AND n % 100 > 0 THEN 'complete' ELSE 'parse_queued' END, 'storage://raw/x',
    CASE WHEN $3 = 'ended' AND n % 100 > 0 THEN now() END,
    now() + CASE WHEN $3 = 'waiting' AND n % 100 > 0 THEN interval '1 hour' ELSE n * interval '-1 ms' END
FROM generate_series(1, $1) n
"""
# The statement before claims were fair: the oldest due jobs, whoever they belong to.
OLDEST = """
WITH due AS MATERIALIZED (
    SELECT job_id FROM upload_pipeline.upload_jobs
    WHERE waits_for = '' AND due_at <= now()
    ORDER BY priority DESC, due_at
    LIMIT $1
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE upload_pipeline.upload_jobs j SET lease_owner = 'w', available_at = now() FROM due WHERE j.job_id = due.job_id
"""
CLAIM = ("w", 60.0, 4, 50, None, 2)


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Any]:
    """Open a connection that writes rows without triggers, to a table with the indexes that claims use."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("SET session_replication_role = replica")
    for index in ("document", "user_created", "retry_of", "set"):
        await connection.execute(f"DROP INDEX upload_pipeline.idx_upload_jobs_{index}")
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_claim_touches_a_bounded_part_of_the_table(database_url: str) -> None:
    """No claim reads the table from end to end, nor more than some pages of its indexes."""
    async with opened(database_url) as connection:
        await check(connection, *WORST)


@pytest.mark.drill(seconds=60)
async def test_a_claim_is_cheap_in_every_table(
    each_database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Whatever the table holds, a claim touches little of it; how long it takes is kept with the result."""
    async with opened(each_database_url) as connection:
        for users, kind in SHAPES:
            await check(connection, users, kind)
            old, new = await median(connection, OLDEST, 4), await median(connection, load("claim_jobs"), *CLAIM)
            told = f"{new * 1000:.1f} ms, {new / old:.1f} times the unfair one"
            record_property(f"{users} users, {kind}", told)
            await connection.execute("TRUNCATE upload_pipeline.upload_jobs CASCADE")


async def check(connection: Any, users: int, kind: str) -> None:
    """Fill the table and look at what a claim does to it."""
    await connection.execute(FILL, JOBS, users, kind)
    await connection.execute("ANALYZE upload_pipeline.upload_jobs")
    plan = await explain(connection)
    nodes = list(below(plan["Plan"]))
    scanned = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"]
    rows = max(node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0) for node in nodes)

    assert "upload_jobs" not in scanned
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < MOST_PAGES
    assert rows < MOST_ROWS


async def explain(connection: Any) -> dict[str, Any]:
    """Claim, take it back, and return what was done."""
    statement = load("claim_jobs")
    for number, value in enumerate(("'w'", "60.0::float8", "4", "50", "NULL::uuid", "2"), start=1):
        statement = statement.replace(f"${number}", value)
    transaction = connection.transaction()
    await transaction.start()
    told = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
    await transaction.rollback()
    plan: dict[str, Any] = orjson.loads(told)[0]
    return plan


def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node of a plan and all under it."""
    yield node
    for child in node.get("Plans", ()):
        yield from below(child)


async def median(connection: Any, statement: str, *arguments: Any) -> float:
    """Return how long a statement takes, in seconds."""
    taken = []
    for _ in range(15):
        transaction = connection.transaction()
        await transaction.start()
        begun = time.perf_counter()
        await connection.fetch(statement, *arguments)
        taken.append(time.perf_counter() - begun)
        await transaction.rollback()
    return statistics.median(taken)
