"""How Postgres plans our statements with a million jobs and ten million chunks: by index, and at a bounded cost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import asyncpg
import orjson
import pytest
from backend.tests.integration.store.large_tables import TABLES, make_large

from accessa.store.statements import load

# In what the planner counts: about 20,000 pages in a row, or 5,000 here and there.
MOST_COST = 20_000
_MONITOR = "a figure of the monitoring page, which asks one at a time and gives up after two seconds"
_SIGHT = "a metric of the monitoring, which rests a hundred times as long as it looks"
_REPORT = "what a person is told who asks for a report, and who waits a minute at most"
_DRILL = "reads all rows of a drill, on a stack of its own"
_BENCH = "reads all rows of a benchmark, on a stack of its own"
_INDEX = "the duty of the search index, which rests fifty times as long as it looks"
_AUDIT = "part of the audit, which has its statements planned for their values: see the test of that"
#: Statements that may read more, and why. All others, also those that are yet to come, are held to the limits.
COLD = {
    "find_needed_search_indexes": _INDEX,
    "find_needless_search_indexes": _INDEX,
    "list_search_indexes": "what a person is told who asks how far the search indexes are",
    "bench_outcome": _BENCH,
    "bench_stored_vectors": _BENCH,
    "bench_takeover": _BENCH,
    "bench_vectors": _BENCH,
    "count_ended_jobs": _MONITOR,
    "count_ended_jobs_by_second": "ten minutes by their index once, and then the newest seconds only",
    "list_oldest_unfinished_jobs": "goes through unfinished jobs, and the less often the more there are",
    "count_recent_failures": _MONITOR,
    "count_stored_rows": _MONITOR,
    "drill_batches": _DRILL,
    "drill_calls": _DRILL,
    "drill_chunks": _DRILL,
    "drill_documents": _DRILL,
    "drill_events": _DRILL,
    "drill_jobs": _DRILL,
    "drill_parses": _DRILL,
    "drill_progress": _DRILL,
    "drill_sets": _DRILL,
    "drill_vectors": _DRILL,
    "list_gates": "the calls of a day are gone through in their index, when somebody asks for the providers",
    "list_raw_files": _AUDIT,
    "count_unfinished_jobs": _MONITOR,
    "recent_failures": _MONITOR,
    "report_calls": _REPORT,
    "report_flow": _REPORT,
    "report_pace": _REPORT,
    "report_queues": _REPORT,
    "report_service_level": _REPORT,
    "count_before_reset": "counts what is deleted next, when a person asks for that",
    "report_sizes": _REPORT,
    "report_waits": _REPORT,
    "select_touched_jobs": _AUDIT,
    "sight_dead_letters": _SIGHT,
    "sight_ended": _SIGHT,
    "sight_events": "counts on from the event that it has counted last, which no kept plan knows",
    "sight_last_completion": _SIGHT,
    "sight_last_end": _SIGHT,
    "sight_missing_webhooks": _SIGHT,
    "sight_newest_event": "the last entry of an index",
    "sight_parses": _SIGHT,
    "sight_parses_found": _SIGHT,
    "sight_spending": _SIGHT,
    "sight_spent_today": _SIGHT,
    "sight_statuses": _SIGHT,
    "sum_costs_by_day": "one look at the index for each day that a person asks for",
}
# Those of one search index name its table, which is not there; tests of the search look at their plans.
STATEMENTS = [
    name
    for path in sorted(files("accessa.store").joinpath("sql").iterdir(), key=lambda path: path.name)
    if (name := path.name.removesuffix(".sql")) != path.name and "{index_id}" not in load(name)
]
# What the triggers on moves and on rows of sets run, as it stands in their functions.
_OF_TRIGGERS = {
    "the wholeness of chunks": "SELECT upload_pipeline.chunks_are_whole(set_id) FROM upload_pipeline.upload_jobs"
    " WHERE job_id = ANY ($1::uuid[])",
    "a receipt": "SELECT job.* FROM unnest($1::uuid[]) AS ended (job_id) CROSS JOIN LATERAL"
    " (SELECT * FROM upload_pipeline.counted_jobs c WHERE c.job_id = ended.job_id OFFSET 0) job",
    "abandoned intents": "UPDATE upload_pipeline.provider_calls c SET state = 'abandoned'"
    " FROM upload_pipeline.upload_jobs j"
    " WHERE j.job_id = ANY ($1::uuid[]) AND c.job_id = j.job_id AND c.state = 'intended'",
    "the sets of new rows": "SELECT FROM upload_pipeline.chunk_sets s"
    " WHERE s.set_id = ANY ($1::uuid[]) ORDER BY s.set_id FOR KEY SHARE",
    "the chunks of sets": "DELETE FROM upload_pipeline.document_chunk_buffer WHERE set_id = ANY ($1::uuid[])",
    "the vectors of chunks": "DELETE FROM upload_pipeline.document_vector_buffer v"
    " WHERE v.set_id = $1::uuid AND v.chunk_id = ANY ($2::uuid[])",
}
# These indexes hold no more than what is in hand, or waits for a budget.
SMALL_INDEXES = {"idx_upload_jobs_held", "idx_upload_jobs_parked"}
# Whoever deletes a row has these looked through for what points to it; the last one is kept for people.
OF_FOREIGN_KEYS = {
    "idx_documents_live_set",
    "idx_indexed_sets_set",
    "idx_upload_jobs_set",
    "idx_webhook_deliveries_parse",
}
# With a plan for any moment, parses are read as a whole; the monitoring has its statements planned for theirs.
OTHERS = {"idx_pending_uploads_user", "idx_parse_runs_collected"}
_SECONDARY = """
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisunique AND c.relnamespace = 'upload_pipeline'::regnamespace
"""


@pytest.fixture(scope="module")
def large_url(shared_database_url: str) -> str:
    """Address of a database whose tables look large; what it is asked may be planned, not run."""

    async def make() -> None:
        connection = await asyncpg.connect(shared_database_url)
        try:
            await make_large(connection)
        finally:
            await connection.close()

    asyncio.run(make())
    return shared_database_url


@pytest.fixture
async def planner(large_url: str) -> Any:
    """A connection that plans without knowing any value, as the plans are made that are kept."""
    connection = await asyncpg.connect(large_url)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    yield connection
    await connection.close()


async def plan_of(planner: Any, statement: str, *values: str) -> dict[str, Any]:
    """Return the plan of a statement; parameters without a value are null, which no kept plan looks at."""
    count = max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
    given = ", ".join([*values, *["NULL"] * (count - len(values))])
    await planner.execute(f"PREPARE asked AS {statement}")
    told = await planner.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked{f'({given})' if count else ''}")
    await planner.execute("DEALLOCATE asked")
    plan: dict[str, Any] = orjson.loads(told)[0]["Plan"]
    return plan


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node of a plan and all below it."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes_of(child)


def excesses(plan: dict[str, Any]) -> list[str]:
    """Tell what reads a large table or its index from end to end, and a cost that is too high."""
    found = [f"costs {plan['Total Cost']:.0f}"] if plan["Total Cost"] > MOST_COST else []
    for node in nodes_of(plan):
        if node["Node Type"] == "Seq Scan" and TABLES.get(node["Relation Name"], (0,))[0] > MOST_COST:
            found.append(f"reads all of {node['Relation Name']}")
        whole = "Index Name" in node and "Index Cond" not in node and node.get("Relation Name", "") in TABLES
        if whole and node["Index Name"] not in SMALL_INDEXES:
            found.append(f"reads all of {node['Index Name']}")
    return found


async def test_no_statement_reads_a_large_table_as_a_whole(planner: Any) -> None:
    """Whatever a worker, an upload or a page asks is found by index, with plans that are kept for any value."""
    hot = {name: load(name) for name in STATEMENTS if name not in COLD} | _OF_TRIGGERS
    found = {name: excesses(await plan_of(planner, statement)) for name, statement in hot.items()}

    assert {} == {name: excess for name, excess in found.items() if excess}


async def test_an_audit_of_the_last_hour_reads_no_more_than_that(planner: Any) -> None:
    """What has happened of late is found among twenty million events by their time."""
    await planner.execute("SET plan_cache_mode = force_custom_plan")
    plans = [await plan_of(planner, load(name), "3600") for name in ("select_touched_jobs", "list_raw_files")]

    assert [True, True] == [any(node.get("Index Name") == "idx_events_ts" for node in nodes_of(plan)) for plan in plans]
    assert [[], []] == [[text for text in excesses(plan) if "events" in text] for plan in plans]


def test_every_exception_is_a_statement() -> None:
    """No exception outlives its statement."""
    assert set() == set(COLD) - set(STATEMENTS)


async def test_every_index_is_of_use(planner: Any) -> None:
    """An index costs every row that is written: each is in the plan of some statement, or a foreign key needs it."""
    used = {"idx_events_ts"} | OF_FOREIGN_KEYS | OTHERS
    for statement in [*map(load, STATEMENTS), *_OF_TRIGGERS.values()]:
        used |= {node["Index Name"] for node in nodes_of(await plan_of(planner, statement)) if "Index Name" in node}
    indexes = {row["relname"] for row in await planner.fetch(_SECONDARY)}

    assert set() == indexes - used


@pytest.mark.parametrize(
    ("index", "statement"),
    [
        ("idx_upload_jobs_queue", "claim_jobs"),
        ("idx_upload_jobs_turn", "claim_jobs"),
        ("idx_events_job_ts", "select_events_of_job"),
        ("idx_provider_calls_key", "intend_calls"),
        ("idx_upload_jobs_document", "lock_jobs_of_document"),
        ("idx_document_chunk_buffer_sha_user", "copy_known_vectors"),
    ],
)
async def test_a_lost_index_is_noticed(planner: Any, index: str, statement: str) -> None:
    """These very checks fail for the statement that lives of an index, once that is gone."""
    change = planner.transaction()
    await change.start()
    await planner.execute(f"DROP INDEX upload_pipeline.{index}")
    found = excesses(await plan_of(planner, load(statement)))
    await change.rollback()

    assert found
