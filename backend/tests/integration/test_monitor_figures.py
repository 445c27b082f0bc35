"""The figures of the monitoring page, read from a real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from backend.tests.integration.written_rows import Rows, writing

from accessa.domain.statuses import Status
from accessa.observe import figures as monitor_figures
from accessa.observe.database_view import SCHEMA_SENTENCE, Database
from accessa.observe.figures import Count, Figures


@pytest.fixture
def database_url(each_database_url: str) -> str:
    """Every statement is read on the oldest and on the newest Postgres at hand."""
    return each_database_url


@pytest.fixture
async def seed(database_url: str) -> AsyncIterator[Rows]:
    """A way to write rows directly."""
    async with writing(database_url) as rows:
        yield rows


async def _look(database_url: str) -> Figures:
    database = Database(database_url, alive_seconds=15)
    try:
        view = await database.look()
    finally:
        await database.close()
    assert view.figures is not None, view.sentence
    return view.figures


async def test_an_empty_database_gives_zeros(database_url: str) -> None:
    """Before the first upload every figure is there and is zero."""
    figures = await _look(database_url)

    assert dict.fromkeys(Status, Count(0)) == figures.jobs
    assert dict.fromkeys(("documents", "chunks", "vectors"), Count(0)) == figures.totals
    assert (0, None, 0, None) == (
        figures.waiting.unfinished,
        figures.waiting.unfinished_seconds,
        figures.waiting.due,
        figures.waiting.due_seconds,
    )
    assert ([], 0, []) == (figures.failures, figures.failed_last_hour, figures.workers)


async def test_jobs_are_counted_by_status(database_url: str, seed: Rows) -> None:
    """Each status shows its own number of jobs."""
    for status, number in ((Status.UPLOADED, 2), (Status.CHUNKING, 1), (Status.COMPLETE, 3)):
        for _ in range(number):
            await seed.job(status)

    figures = await _look(database_url)

    expected = {Status.UPLOADED: 2, Status.CHUNKING: 1, Status.COMPLETE: 3}
    assert expected == {status: count.number for status, count in figures.jobs.items() if count.number}


async def test_counting_stops_at_the_cap(database_url: str, seed: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the cap a count is no longer exact: jobs stop at it, tables show the planner's belief."""
    monkeypatch.setattr(monitor_figures, "COUNT_CAP", 3)
    for _ in range(4):
        await seed.job(Status.COMPLETE, ended_ago=1)
    await seed.chunks(50)
    await seed.connection.execute("ANALYZE upload_pipeline.document_chunk_buffer")

    figures = await _look(database_url)

    assert Count(3, exact=False) == figures.jobs[Status.COMPLETE]
    assert Count(3, exact=False) == figures.totals["documents"]
    assert Count(50, exact=False) == figures.totals["chunks"]


async def test_exactly_the_cap_is_still_exact(database_url: str, seed: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table with just as many rows as the cap is counted to the end."""
    monkeypatch.setattr(monitor_figures, "COUNT_CAP", 4)
    for _ in range(4):
        await seed.job(Status.COMPLETE, ended_ago=1)

    figures = await _look(database_url)

    assert (Count(4), Count(4)) == (figures.jobs[Status.COMPLETE], figures.totals["documents"])


async def test_the_oldest_of_each_status_is_told(database_url: str, seed: Rows) -> None:
    """The age counts from the upload on; a status without unfinished jobs has none."""
    for age in (20, 500):
        await seed.job(Status.CHUNKING, age=age)
    await seed.job(Status.COMPLETE, age=900, ended_ago=800)

    oldest = (await _look(database_url)).oldest_seconds

    assert {Status.CHUNKING} == set(oldest)
    assert pytest.approx(500, abs=10) == oldest[Status.CHUNKING]


async def test_waiting_is_told_from_upload_and_from_when_a_job_was_due(database_url: str, seed: Rows) -> None:
    """A job that pauses counts as unfinished but not as waiting for a worker; ended jobs count as neither."""
    await seed.job(Status.COMPLETE, age=9_000, due_in=-9_000, ended_ago=8_000)
    await seed.job(Status.PARSE_QUEUED, age=500, due_in=40)
    await seed.job(Status.UPLOADED, age=100, due_in=-70)

    waiting = (await _look(database_url)).waiting

    assert (2, 1) == (waiting.unfinished, waiting.due)
    assert pytest.approx([500, 70], abs=10) == [waiting.unfinished_seconds, waiting.due_seconds]


async def test_nothing_waits_for_a_worker_while_all_jobs_pause(database_url: str, seed: Rows) -> None:
    """A job that is due only later has no wait, not a negative one."""
    await seed.job(Status.PARSE_QUEUED, age=500, due_in=40)

    waiting = (await _look(database_url)).waiting

    assert (1, 0, None) == (waiting.unfinished, waiting.due, waiting.due_seconds)


async def test_the_last_ten_failures_are_listed_newest_first(database_url: str, seed: Rows) -> None:
    """Failures carry job, code and sentence, and nothing of the document."""
    jobs = [await seed.failed("NEEDS_OCR", f"Sentence {ago}.", ended_ago=ago * 60.0) for ago in range(1, 13)]

    figures = await _look(database_url)

    assert [str(job) for job in jobs[:10]] == [failure.job_id for failure in figures.failures]
    assert ("NEEDS_OCR", "Sentence 1.", "failed_parse") == (
        figures.failures[0].code,
        figures.failures[0].sentence,
        figures.failures[0].status,
    )
    assert "private name" not in repr(figures)


async def test_a_secret_in_a_failure_is_not_told(database_url: str, seed: Rows) -> None:
    """A sentence that holds something like a key shows stars in its place."""
    await seed.failed("EMBED_REJECTED_KEY", "The key sk-abcdefgh12345678 is refused.", ended_ago=5)

    assert ["The key *** is refused."] == [failure.sentence for failure in (await _look(database_url)).failures]


async def test_failures_of_the_last_hour_leave_out_what_was_retried(database_url: str, seed: Rows) -> None:
    """A failed job that somebody retried is marked so and no longer counted; an old one is not counted either."""
    retried = await seed.failed("PARSE_TIMEOUT", "Too slow.", ended_ago=60)
    await seed.job(Status.UPLOADED, retry_of=retried)
    await seed.failed("PARSE_TIMEOUT", "Too slow.", ended_ago=120)
    await seed.failed("PARSE_TIMEOUT", "Too slow.", ended_ago=3_700)

    figures = await _look(database_url)

    assert (1, [True, False, False]) == (figures.failed_last_hour, [failure.retried for failure in figures.failures])


async def test_workers_live_by_their_signs_of_life(database_url: str, seed: Rows) -> None:
    """A worker is alive while it beats; a silent or stopped one is listed as dead, a long silent one not at all."""
    await seed.worker("beating", pid=1, state="running", silent=1)
    await seed.worker("draining", pid=2, state="draining", silent=2)
    await seed.worker("stopped", pid=3, state="stopped", silent=3)
    await seed.worker("silent", pid=4, state="running", silent=60)
    await seed.worker("forgotten", pid=5, state="running", silent=3_600)

    workers = (await _look(database_url)).workers

    expected = [("beating", True), ("draining", True), ("stopped", False), ("silent", False)]
    assert expected == [(worker.worker_id, worker.alive) for worker in workers]


async def test_of_the_workers_that_are_gone_only_the_newest_are_listed(database_url: str, seed: Rows) -> None:
    """All the living are listed with their jobs; of the gone three without jobs, and the number of the others."""
    for number in range(5):
        await seed.worker(f"living-{number}", pid=number, state="running", silent=1 + number / 10)
        await seed.worker(f"dead-{number}", pid=10 + number, state="running", silent=60 + number)

    figures = await _look(database_url)

    living = [(f"living-{number}", 1) for number in range(5)]
    dead = [(f"dead-{number}", None) for number in range(3)]
    assert ([*living, *dead], 2) == (
        [(worker.worker_id, worker.jobs_in_hand) for worker in figures.workers],
        figures.earlier_workers,
    )


async def test_a_database_without_the_schema_is_told_with_its_mend(database_url: str, seed: Rows) -> None:
    """A database that answers but lacks our tables is no outage: the sentence names the command."""
    await seed.connection.execute("DROP SCHEMA upload_pipeline CASCADE")
    database = Database(database_url, alive_seconds=15)

    view = await database.look()
    await database.close()

    assert (True, SCHEMA_SENTENCE, None) == (view.answers, view.sentence, view.figures)


async def test_a_provider_that_nobody_needs_any_more_is_no_trouble(database_url: str, seed: Rows) -> None:
    """A stopped provider is told while calls wait for it, and not for ever after another one has taken its place."""
    for provider, due in (("in-use", "0 minutes"), ("replaced", "-61 minutes")):
        await seed.connection.execute("INSERT INTO upload_pipeline.providers (provider) VALUES ($1)", provider)
        await seed.connection.execute(
            "INSERT INTO upload_pipeline.provider_gates (provider, state, reason, opened_at, probe_at)"
            " VALUES ($1, 'open', 'EMBED_NO_CREDIT', now() - interval '2 hours', now() + $2::text::interval)",
            provider,
            due,
        )

    assert ["in-use"] == [stopped.provider for stopped in (await _look(database_url)).stopped_providers]
