"""The metrics of the whole system, read from a real Postgres while documents go through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import asyncpg
import pytest
from backend.tests.house import PATIENCE_SECONDS, House
from reportlab.pdfgen.canvas import Canvas

from accessa.observe.canary_api import CANARY_USER
from accessa.observe.database_view import Database
from accessa.observe.readiness import read_system_facts
from accessa.observe.readings import all_readings, described_metrics
from accessa.observe.readings.canary import AWAITED, CanaryReading
from accessa.observe.system_metrics import OWN_METRICS, SystemMetrics
from accessa.settings import BudgetSettings, load_settings
from accessa.stack.diagnosis.database import look_at_database


def _blank_pdf() -> bytes:
    """Return a PDF of one page without a word on it."""
    file = BytesIO()
    page = Canvas(file)
    page.showPage()
    page.save()
    return bytes(file.getvalue())


class Sight:
    """What the metrics tell, by name and labels."""

    def __init__(self, metrics: SystemMetrics) -> None:
        self._metrics = metrics

    async def look(self) -> dict[tuple[str, ...], float]:
        """Return all samples of now, whatever was looked at a moment ago."""
        self._metrics._looked_at = 0.0
        for kept in self._metrics._kept:
            kept.due_at = 0.0
        return {(sample.metric.name, *sample.labels): sample.value for sample in await self._metrics.refresh()}

    async def until(self, name: str, *labels: str, at_least: float = 1) -> dict[tuple[str, ...], float]:
        """Look until a series has reached a value, and once more: one look asks for one thing after the other."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.look()).get((name, *labels), -1) < at_least:
                await asyncio.sleep(0.05)
        return await self.look()


@pytest.fixture
async def sight(house: House) -> AsyncIterator[Sight]:
    """The metrics of a house's database."""
    database = Database(house.settings.database.url.get_secret_value(), alive_seconds=15)
    settings = house.settings.model_copy(update={"budget": BudgetSettings(day_usd=2.0)})
    yield Sight(SystemMetrics(database, all_readings(settings)))
    await database.close()


async def test_a_lock_is_told_with_who_holds_it_and_hides_only_what_it_locks(house: House, sight: Sight) -> None:
    """Figures of other tables stay, all are back as soon as it is gone, and doctor and readiness know of it as well."""
    url = house.settings.database.url.get_secret_value()
    holder = await asyncpg.connect(url, server_settings={"application_name": "psql"})
    waiter, reader = await asyncpg.connect(url), await asyncpg.connect(url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE upload_pipeline.upload_jobs IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(waiter.execute("SELECT FROM upload_pipeline.upload_jobs"))
        labels = (str(holder.get_server_pid()), "psql", "postgres")
        during = await sight.until("accessa_database_blocked_connections", *labels)
        facts = await read_system_facts(reader, 15)
        found = {finding.name: finding for finding in await asyncio.to_thread(list, look_at_database(url))}
    await waiting
    after = await sight.look()
    await asyncio.gather(holder.close(), waiter.close(), reader.close())

    assert during["accessa_database_blocking_seconds", *labels] > 0
    assert 0 == during["accessa_workers_alive",]
    assert "accessa_jobs_due" not in {name for name, *_ in during}
    assert during["accessa_figures_missing", "locked"] > 3
    assert during["accessa_database_look_seconds",] < 3
    assert 0 == after["accessa_jobs_due",]
    assert [] == [
        name for name, *_ in after if name in {"accessa_figures_missing", "accessa_database_blocking_seconds"}
    ]
    assert facts.blocked_seconds > 0
    assert found["database"].ok
    assert "workers" not in found


async def test_a_document_is_seen_waiting_and_then_complete(house: House, sight: Sight) -> None:
    """Without a worker a document is due and grows old; with one it is counted as completed, and nothing waits."""
    before = await sight.look()
    await house.upload(b"# A title\n\nSome words of a text.\n", "text.md")
    waiting = await sight.look()

    assert 0 == before["accessa_jobs_due",] == before["accessa_jobs_unfinished",] == before["accessa_workers_alive",]
    assert "accessa_last_completion_seconds" not in {name for name, *_ in before}
    assert 1 == waiting["accessa_jobs_due",] == waiting["accessa_jobs", "uploaded"]
    assert 0 < waiting["accessa_due_oldest_seconds",] <= waiting["accessa_job_oldest_seconds", "uploaded"]

    async with house.worker() as worker:
        done = await sight.until("accessa_jobs_ended_total", "complete", "")

        assert 1 == done["accessa_workers_alive",] == done["accessa_workers", "running"]
        assert 0 <= done["accessa_worker_silent_seconds", worker.worker_id] < 15
        assert (
            0 == done["accessa_jobs_due",] == done["accessa_jobs_unfinished",] == done["accessa_lease_overdue_seconds",]
        )
        assert 0 <= done["accessa_last_completion_seconds",] < PATIENCE_SECONDS
        assert 0 <= done["accessa_last_end_seconds",] < PATIENCE_SECONDS
        assert 0 < done["accessa_spent_today_usd",] < done["accessa_budget_limit_usd", "day"]
        assert 0 < done["accessa_budget_used_ratio", "day"] < 1
    await house.rows("UPDATE upload_pipeline.upload_jobs SET user_id = $1", CANARY_USER)
    after = await sight.look()
    assert 0 == after["accessa_workers_alive",]
    assert "accessa_last_end_seconds" not in {name for name, *_ in after}


async def test_a_counter_counts_on_when_its_rows_go(house: House, sight: Sight) -> None:
    """A document that is deleted afterwards stays counted."""
    await sight.look()
    accepted = await house.upload(b"# Another\n\nWords that are soon gone.\n", "gone.md")
    async with house.worker():
        await sight.until("accessa_jobs_ended_total", "complete", "")
        await house.api.delete(f"/documents/{accepted['document_id']}")
        again = await house.upload(b"# One more\n\nWords that stay for now.\n", "stays.md")
        await house.ended(again["job_id"])

    assert 2 == (await sight.look())["accessa_jobs_ended_total", "complete", ""]


async def test_a_failure_is_counted_by_its_code_and_is_a_dead_letter(house: House, sight: Sight) -> None:
    """A document that cannot be read ends in a status and with a code, and somebody has to look at it."""
    await sight.look()
    await house.upload(_blank_pdf(), "blank.pdf")
    async with house.worker():
        seen = await sight.until("accessa_dead_letters", "NEEDS_OCR")

    failed = {
        (status, code)
        for (name, *labels), value in seen.items()
        if name == "accessa_jobs_ended_total" and value
        for status, code in [labels]
    }
    assert ["failed_parse"] == [status for status, _ in failed]
    assert {code for _, code in failed} - {"", "INTERNAL"}
    assert 1 <= sum(value for (name, *_), value in seen.items() if name == "accessa_events_total")


_LEASE = """
UPDATE upload_pipeline.upload_jobs
SET lease_owner = 'a worker that is gone', lease_epoch = 1, available_at = now() - interval '40 seconds'
"""


async def test_a_lease_that_nobody_takes_over_is_told_with_its_age(house: House, sight: Sight) -> None:
    """A job whose owner is gone and which no worker claims shows for how long; a claim counts the crash."""
    await house.upload(b"# Held\n\nBy somebody who is gone.\n", "held.md")
    await house.rows(_LEASE)
    stuck = await sight.look()

    assert 40 <= stuck["accessa_lease_overdue_seconds",] < 40 + PATIENCE_SECONDS
    assert 0 == stuck["accessa_crashes_total",] == stuck["accessa_jobs_held",]

    async with house.worker():
        seen = await sight.until("accessa_crashes_total")

    assert 1 == seen["accessa_crashes_total",] == seen["accessa_events_total", "LEASE_EXPIRED", "warn"]


_PARSES = """
WITH jobs AS (
    SELECT job_id, document_id FROM upload_pipeline.upload_jobs ORDER BY job_id LIMIT 1
)
INSERT INTO upload_pipeline.parse_runs
    (job_id, document_id, provider, options_sha, call_key, locator, submitted_at, notified_at, collected_at)
SELECT job_id, document_id, 'accessa', 'o', 'k', 'l', now() - interval '5 seconds', $1::timestamptz, now() FROM jobs
"""


@pytest.mark.parametrize(("notified", "found_by", "missing"), [("now()", "webhook", 0), ("NULL", "poll", 1)])
async def test_a_parse_that_no_webhook_told_of_is_a_rescue(
    house: House, sight: Sight, notified: str, found_by: str, missing: int
) -> None:
    """Parses are counted by what told of them, and those whose webhook never came are counted as missing it."""
    await sight.look()
    await house.upload(b"# Parsed\n\nBy a provider.\n", "parsed.md")
    await house.rows(_PARSES.replace("$1::timestamptz", f"{notified}::timestamptz"))
    seen = await sight.look()

    assert 1 == seen["accessa_parses_found_total", found_by]
    assert missing == seen["accessa_webhooks_missing_total",] == seen["accessa_webhooks_missing",]


_AWAITED = """
WITH job AS (UPDATE upload_pipeline.upload_jobs SET status = 'parse_queued' RETURNING job_id, document_id)
INSERT INTO upload_pipeline.parse_runs
    (job_id, document_id, provider, options_sha, call_key, locator, submitted_at, notified_at, pages_expected)
SELECT job_id, document_id, 'accessa', 'o', 'k', 'l', now() - interval '130 seconds', {notified}, {pages} FROM job
"""


@pytest.mark.parametrize(
    ("pages", "notified", "overdue"), [("NULL", "NULL", 1), ("50", "NULL", 1), ("51", "NULL", 0), ("50", "now()", 0)]
)
async def test_a_parse_is_overdue_by_its_pages(
    house: House, sight: Sight, pages: str, notified: str, overdue: int
) -> None:
    """After 130 s a parse of 50 pages is overdue, one of 51 is not, nor one that the provider has told of."""
    await house.upload(b"# Parsed\n\nAt last.\n", "awaited.md")
    await house.rows(_AWAITED.format(pages=pages, notified=notified))
    seen = await sight.look()

    assert 1 == seen["accessa_parses_waiting",]
    assert overdue == seen["accessa_parses_overdue",]


@pytest.mark.parametrize(("finished", "overdue"), [("now() - interval '140 seconds'", 1), ("now()", 0)])
async def test_a_parse_that_another_overtook_is_not_overdue(
    house: House, sight: Sight, finished: str, overdue: int
) -> None:
    """A provider that finished another one since is not stuck, however long this one takes."""
    await house.upload(b"# Parsed\n\nBefore.\n", "before.md")
    await house.rows(_PARSES.replace("$1::timestamptz", "NULL::timestamptz"))
    await house.rows(f"UPDATE upload_pipeline.parse_runs SET collected_at = {finished}")
    await house.upload(b"# Parsed\n\nAt last.\n", "awaited.md")
    await house.rows(
        _AWAITED.replace("RETURNING", "WHERE job_id NOT IN (SELECT job_id FROM upload_pipeline.parse_runs) RETURNING")
        .replace("'k', 'l'", "'k2', 'l2'")
        .format(pages=1, notified="NULL")
    )

    assert overdue == (await sight.look())["accessa_parses_overdue",]


_MINUTES_OLD = "UPDATE upload_pipeline.upload_jobs SET created_at = now() - interval '90 seconds'"
_HELD = "lease_owner = 'w', lease_epoch = 1, available_at = now() + interval '60 seconds'"


@pytest.mark.parametrize(
    ("how", "standing"),
    [
        ("retry_count = 0", 1),
        ("created_at = now() - interval '50 seconds'", 0),
        ("available_at = now() + interval '1 hour'", 1),
        ("waits_for = 'llamaparse'", 0),
        ("""last_error = '{"code": "BUDGET_REACHED"}'""", 0),
        (f"{_HELD}, updated_at = now() - interval '100 seconds'", 0),
        (f"{_HELD}, updated_at = now() - interval '130 seconds'", 1),
    ],
)
async def test_a_job_stands_still_unless_it_waits_on_purpose(
    house: House, sight: Sight, how: str, standing: int
) -> None:
    """A job of 90 s stands still when it is due, rests or is held in vain, and not when it has to wait."""
    await house.upload(b"# Standing\n\nFor a while.\n", "standing.md")
    await house.rows(_MINUTES_OLD)
    await house.rows(f"UPDATE upload_pipeline.upload_jobs SET {how}")

    assert standing == (await sight.look())["accessa_jobs_standing",]


@pytest.mark.parametrize(("lane", "standing"), [("interactive", 1), ("bulk", 0)])
async def test_an_order_of_the_bulk_lane_may_take_its_time(
    house: House, sight: Sight, lane: str, standing: int
) -> None:
    """A document whose vectors are ordered in bulk does not stand still, one of the other lane does."""
    await house.upload(b"# Ordered\n\nIn bulk.\n", "ordered.md")
    # As the guards would ask for chunks, batches and an order that matter nothing here.
    await house.rows("ALTER TABLE upload_pipeline.upload_jobs DISABLE TRIGGER USER")
    await house.rows(f"{_MINUTES_OLD}, status = 'embedding_in_progress', lane = $1", lane)
    await house.rows("ALTER TABLE upload_pipeline.upload_jobs ENABLE TRIGGER USER")

    assert standing == (await sight.look())["accessa_jobs_standing",]


_TIMINGS = """
INSERT INTO upload_pipeline.stage_timings (minute, stage, worker_id, runs, seconds, buckets)
SELECT now() - $1::interval, 'chunk', worker, 100, 100 * $2::float8,
    array_fill(0, ARRAY[$3]) || 100 || array_fill(0, ARRAY[16 - $3])
FROM unnest(ARRAY['a', 'b']) AS worker
"""


async def test_a_stage_shows_what_it_takes_beside_what_it_usually_takes(house: House, sight: Sight) -> None:
    """The last minutes stand beside the days before, and a baseline that was kept beside both replaces the latter."""
    await house.rows(_TIMINGS.replace("$1", "'2 days'").replace("$2", "0.02").replace("$3", "2"))
    await house.rows(_TIMINGS.replace("$1", "'1 minute'").replace("$2", "0.9").replace("$3", "7"))
    learnt = await sight.look()

    assert 200 == learnt["accessa_stage_recent_runs", "chunk"]
    assert pytest.approx(0.9) == learnt["accessa_stage_recent_seconds", "chunk", "mean"]
    assert pytest.approx(0.975) == learnt["accessa_stage_recent_seconds", "chunk", "0.95"]
    assert pytest.approx(0.02) == learnt["accessa_stage_baseline_seconds", "chunk", "mean", "last_7_days"]
    assert pytest.approx(0.02425) == learnt["accessa_stage_baseline_seconds", "chunk", "0.95", "last_7_days"]

    await house.rows("INSERT INTO upload_pipeline.stage_baselines VALUES ('chunk', 10, 0.5, 0.6)")
    kept = await sight.look()

    assert 0.5 == kept["accessa_stage_baseline_seconds", "chunk", "mean", "kept"]
    assert "last_7_days" not in {label for name, *labels in kept if "baseline" in name for label in labels}


async def test_a_stage_of_a_new_stack_has_a_baseline(house: House, sight: Sight) -> None:
    """Where neither days are known nor anything was kept, the hour before the last minutes tells, else 15 s."""
    await house.rows(_TIMINGS.replace("$1", "'1 minute'").replace("$2", "0.9").replace("$3", "7"))
    new = await sight.look()
    await house.rows(_TIMINGS.replace("$1", "'10 minutes'").replace("$2", "0.02").replace("$3", "2"))
    later = await sight.look()

    assert 15 == new["accessa_stage_baseline_seconds", "chunk", "mean", "assumed"]
    assert pytest.approx(0.02) == later["accessa_stage_baseline_seconds", "chunk", "mean", "last_hour"]
    assert {"assumed"}.isdisjoint(label for _, *labels in later for label in labels)


_CANARY = """
INSERT INTO upload_pipeline.canary_runs (started_at, ended_at, passed, seconds)
VALUES (now() - interval '13 hours', now() - interval '12 hours', true, 1)
"""


@pytest.mark.parametrize("planted", [_CANARY, "SELECT 1"], ids=["passed the day before", "none passed"])
async def test_a_canary_is_awaited_from_when_somebody_looks(house: House, planted: str) -> None:
    """A pass of the day before is no delay: not at the start, not after a sleep, but after minutes without another."""
    await house.rows(planted)
    moments = (1000.0, 1060.0, 1120.0, 40_000.0, 40_100.0)
    reading = CanaryReading(house.settings, clock=iter(moments).__next__)
    connection = await asyncpg.connect(house.settings.database.url.get_secret_value())
    looks = [await reading.read(connection) for _ in moments]
    await connection.close()

    assert [0, 60, 120, 0, 100] == [sample.value for look in looks for sample in look if sample.metric is AWAITED]


async def test_a_silent_database_tells_that_alone(sight: Sight, house: House) -> None:
    """Figures of before the outage are not shown as those of now."""
    assert 1 == (await sight.look())["accessa_database_up",]
    database = Database("postgresql://nobody@127.0.0.1:1/nothing", alive_seconds=15)
    away = Sight(SystemMetrics(database, all_readings(house.settings)))

    assert {("accessa_database_up",): 0.0} == await away.look()
    await database.close()


async def test_a_database_without_our_tables_says_so_and_tells_what_it_can(database_url: str) -> None:
    """A schema that is behind is a fact of its own, and does not hide the state of the server."""
    bare = f"{database_url}_bare"
    connection = await asyncpg.connect(database_url)
    await connection.execute(f'CREATE DATABASE "{bare.rpartition("/")[2]}"')
    await connection.close()
    database = Database(bare, alive_seconds=15)
    seen = await Sight(SystemMetrics(database, all_readings(load_settings()))).look()
    await database.close()

    assert 0 == seen["accessa_schema_fits",]
    assert 1 == seen["accessa_database_up",]
    assert 0 < seen["accessa_database_connections",] < seen["accessa_database_connections_limit",]
    assert "accessa_jobs_due" not in {name for name, *_ in seen}


async def test_every_series_is_described_once(house: House, sight: Sight) -> None:
    """No reading tells what it has not described, and no name is described twice."""
    await house.upload(b"# Described\n\nAs everything is.\n", "described.md")
    async with house.worker():
        seen = await sight.until("accessa_jobs_ended_total", "complete", "")
    described = [metric.name for metric in (*described_metrics(house.settings), *OWN_METRICS)]

    assert len(described) == len(set(described))
    assert set() == {name for name, *_ in seen} - set(described)
