"""The audit finds nothing on what the pipeline makes, and each planted violation by the check that is meant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
import pytest_asyncio

from accessa.domain.errors import UsageError
from accessa.store.audit import CHECKS, Check, Limits, documents_of, examine, run_checks
from accessa.store.database import Connection

from .audited import Filled, Harmed, fill, opened
from .planted import PLANTS
from .planting import CROWD, OF_TEXT, Plant

if TYPE_CHECKING:
    from backend.tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

STUCK = "l03_no_session_is_stuck"
ANYTIME = [check for check in CHECKS if not check.at_rest and not check.needs_evidence]
LARGE = {"upload_jobs", "documents", "events", "document_chunk_buffer", "document_vector_buffer", "provider_calls"}
# It holds the jobs in hand alone.
HELD = "idx_upload_jobs_held"
HARM = "UPDATE upload_jobs SET retry_count = 1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(shared_house: House) -> Filled:
    """A database with documents of each kind, all of which have ended."""
    return await fill(shared_house)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harmed(shared_house: House, filled: Filled) -> AsyncIterator[Harmed]:
    """A connection to it; what is done there is undone."""
    async with opened(shared_house.settings.database.url.get_secret_value(), filled) as connection:
        yield connection


async def test_what_the_pipeline_makes_breaks_no_promise(shared_house: House, filled: Filled) -> None:
    """Text, a parsed page, a bulk order, a failure and a deletion leave nothing that any check would find."""
    async with shared_house.services() as services:
        found = await examine(services.database, bill=filled.bill, acknowledged=filled.acknowledged, at_rest=True)

    assert [] == [str(finding) for finding in found if not finding.holds]
    assert list(CHECKS) == [finding.check for finding in found]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.check)
async def test_a_planted_violation_is_found_by_its_check(plant: Plant, harmed: Harmed) -> None:
    """What is broken behind the guards' back is found by the check that is meant, and by those it implies alone."""
    assert {plant.check, *plant.implied} == await harmed.broken_by(*plant.statements)


async def test_what_a_later_job_has_paid_is_no_fault_of_the_receipt(harmed: Harmed) -> None:
    """A receipt is held against what was recorded up to its completion; a retry may buy more afterwards."""
    bought = (
        "INSERT INTO provider_calls (call_key, job_id, document_id, user_id, provider, operation, model, units, tokens,"
        " cost_usd, lease_epoch, state, ended_at) SELECT 'new', '{stranger}', document_id, user_id, provider, 'embed',"
        f" model, 1, 1, 3, 1, 'recorded', clock_timestamp() FROM provider_calls {OF_TEXT} LIMIT 1"
    )

    assert set() == await harmed.broken_by(bought)


async def test_every_check_has_a_planted_violation() -> None:
    """No check is trusted that was never seen to find anything; stuck sessions have a test of their own."""
    assert {check.name for check in CHECKS} == {plant.check for plant in PLANTS} | {STUCK}


async def test_a_finding_counts_all_rows_and_names_some(harmed: Harmed, filled: Filled) -> None:
    """Whoever reads a finding sees how many rows break the promise, and the first of them."""
    async with harmed.harm(HARM) as database:
        [finding] = await run_checks(database, names=["s16b_attempts_count_errors"])

    jobs = sorted(filled.ids[name] for name in ("text", "page", "failed", "bulk"))
    assert (4, jobs, False) == (finding.total, finding.rows, finding.holds)


async def test_the_document_of_a_set_or_chunk_is_told(harmed: Harmed, filled: Filled) -> None:
    """Rows that name a set, a chunk in it or a job lead to their document, also where the set's own row is gone."""
    text = "WHERE document_id = '{text_document}'"
    harms = (
        f"UPDATE document_chunk_buffer SET chunk_sha = repeat('0', 64) {text} AND chunk_ord = 0",
        f"UPDATE document_chunk_buffer SET chunk_ord = 1000 {text} AND chunk_ord = 1",
        f"UPDATE upload_jobs SET retry_count = 1 {text}",
    )
    names = ["s06b_sets_are_whole", "s06c_chunks_are_unaltered", "s16b_attempts_count_errors"]
    async with harmed.harm(*harms) as database:
        found = await run_checks(database, names=names)
        documents = await documents_of(database, found)
        async with database.connection() as connection:
            await connection.execute("DELETE FROM chunk_sets")
        left = await documents_of(database, found)

    rows = [row for finding in found for row in finding.rows]
    assert 3 == len(rows)
    assert dict.fromkeys(rows, UUID(filled.ids["text_document"])) == documents == left


async def test_a_bounded_audit_leaves_older_jobs_alone(harmed: Harmed, filled: Filled) -> None:
    """Only jobs with an event within the time are looked at, so that the cost does not grow with what is stored."""
    old = "UPDATE events SET ts = ts - interval '2 days' WHERE job_id <> '{text}'"
    async with harmed.harm(HARM, old) as database:
        [finding] = await run_checks(database, since=timedelta(days=1))

    assert [filled.ids["text"]] == finding.rows


async def test_a_check_that_takes_too_long_is_no_good_news(harmed: Harmed) -> None:
    """A check without a verdict is told as that, and those after it still run."""
    slow = (
        "CREATE FUNCTION slow() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN ''; END $$",
        "ALTER TABLE status_moves RENAME TO moves",
        "CREATE VIEW status_moves AS SELECT from_status, to_status, event_code || slow() AS event_code FROM moves",
    )
    names = ["s01b_moves_bear_their_code", "s16b_attempts_count_errors"]
    async with harmed.harm(HARM, *slow) as database:
        found = await examine(database, names=names, limits=Limits(statement_seconds=0.2))

    assert [(False, False, 0), (True, False, 4)] == [(each.finished, each.holds, each.total) for each in found]


async def test_a_stuck_session_is_found(shared_house: House) -> None:
    """A session of ours that does nothing in an open transaction is told."""
    url = shared_house.settings.database.url.get_secret_value()
    stuck = await asyncpg.connect(url, server_settings={"application_name": "accessa-stuck"})
    await stuck.execute("BEGIN")
    async with shared_house.services() as services:
        found = await run_checks(services.database, names=[STUCK], limits=Limits(stuck_seconds=0))
    await stuck.close()

    assert ["accessa-stuck"] == [row.split()[0] for finding in found for row in finding.rows]


@pytest.mark.parametrize("name", ["s99_nothing", "s11a_acknowledged_is_kept"])
async def test_a_check_that_cannot_run_is_refused_by_name(name: str, harmed: Harmed) -> None:
    """A name that no check has, or whose evidence was not given, is no check that holds."""
    async with harmed.harm() as database:
        with pytest.raises(UsageError, match=name):
            await run_checks(database, names=[name])


async def test_a_bounded_audit_reads_by_index_alone(harmed: Harmed) -> None:
    """However much is stored, no check on a few jobs goes through a whole table of jobs, events, chunks or vectors."""
    async with harmed.harm(*CROWD) as database, database.connection() as connection:
        # A plan for the very values, as the audit has it made.
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        whole = {check.name: found for check in ANYTIME if (found := await _read_as_a_whole(connection, check))}

    assert {} == whole


async def _read_as_a_whole(connection: Connection, check: Check) -> set[str]:
    """Return the large tables that a check of one job and document would go through."""
    values = {"jobs": [uuid4()], "documents": [uuid4()], "codes": []}
    arguments = [values.get(name, 1) for name in check.takes]
    [(plan,)] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {check.sql}", *arguments)
    return {name for name in _scanned(orjson.loads(plan)[0]["Plan"]) if name in LARGE}


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    """Yield the tables of a plan that are read without a condition on their index."""
    is_bounded = "Index Cond" in node or node["Node Type"] == "Bitmap Heap Scan" or node.get("Index Name") == HELD
    if "Relation Name" in node and not is_bounded:
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _scanned(below)
