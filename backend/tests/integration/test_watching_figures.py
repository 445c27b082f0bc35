"""What the dashboard reads beyond the figures: speeds, causes, what is held, and one document's whole way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from backend.tests.house import House
from backend.tests.integration.written_rows import Rows, writing

from accessa.domain.statuses import Status
from accessa.observe.database_view import Database
from accessa.observe.document_timeline import read_timeline
from accessa.observe.ended_by_second import Ended, EndedBySecond
from accessa.observe.failure_groups import read_failure_groups
from accessa.observe.held_jobs import read_held_jobs
from accessa.observe.minute_history import MinuteHistory
from accessa.observe.oldest_jobs import read_oldest_jobs
from accessa.observe.stage_quantiles import quantile
from accessa.telemetry.metrics import DURATION_BOUNDS

Value = TypeVar("Value")

_TIMEOUT = {"code": "PARSE_TIMEOUT", "message": "sentence", "stage": "collect_parse"}


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Rows]:
    """A way to write rows directly."""
    async with writing(database_url) as rows:
        yield rows


@pytest.fixture
async def look(database_url: str) -> AsyncIterator[Callable[[Callable[[Any], Awaitable[Any]]], Awaitable[Any]]]:
    """A way to read as the monitoring does: only reading, and within its time."""
    database = Database(database_url, alive_seconds=15)

    async def read(reader: Callable[[Any], Awaitable[Value]]) -> Value | None:
        answer = await database.ask(reader)
        assert not answer.sentence
        return answer.value

    yield read
    await database.close()


async def test_ended_jobs_are_counted_once_in_their_second(rows: Rows, look: Any) -> None:
    """Repeated looks tell the same, later ends are added, and how a job failed is told apart."""
    ended = EndedBySecond()
    for status in (Status.COMPLETE, Status.COMPLETE, Status.FAILED_EMBEDDING):
        await rows.job(status, ended_ago=30, error=None if status is Status.COMPLETE else _TIMEOUT)
    await rows.job(Status.COMPLETE, ended_ago=700)
    now = await look(ended.read)
    assert Ended(completed=2, failed_embedding=1) == ended.between(now - 60, now)

    await rows.job(Status.COMPLETE, ended_ago=0)
    now = await look(ended.read)

    assert (3, 1) == (ended.between(now - 600, now).completed, ended.between(now - 600, now).failed)


async def test_the_hour_before_the_start_is_read_back_bit_by_bit(rows: Rows, look: Any) -> None:
    """After some looks every minute of the hour is known: ends, durations, calls, stages and the slowest documents."""
    for minutes_ago in (1, 25, 55):
        await rows.job(Status.COMPLETE, age=minutes_ago * 60 + 8, ended_ago=minutes_ago * 60)
    slow = await rows.job(Status.COMPLETE, age=2000, ended_ago=60)
    await rows.connection.execute(
        "INSERT INTO upload_pipeline.stage_timings"
        " SELECT date_trunc('minute', now()) - interval '40 minutes', 'publish', name, 2, 3.0, $1"
        " FROM unnest(ARRAY['one', 'two']) AS name",
        [0] * 7 + [2] + [0] * (len(DURATION_BOUNDS) - 7),
    )
    history = MinuteHistory()
    looks = 0
    while not history.is_whole:
        await look(history.read)
        looks += 1

    minutes = [history.at(start) for start in history.starts()]
    assert (4, 6) == (sum(minute.completed for minute in minutes), looks)
    assert [8.0, 8.0] == [round(minute.p50 or 0, 1) for minute in minutes if minute.completed == 1]
    assert [slow, 2000 - 60] == [history.slowest()[0].job_id, round(history.slowest()[0].seconds)]
    [timing] = [minute.stages["publish"] for minute in minutes if minute.stages]
    assert (4, 6.0, 0.75) == (timing.runs, timing.seconds, quantile(timing.buckets, 0.5))
    assert timedelta(minutes=59) == history.starts()[-1] - history.starts()[0]


async def test_failures_are_grouped_with_their_command(rows: Rows, look: Any) -> None:
    """The largest group stands first with samples and the command; what no retry can help has none."""
    jobs = {await rows.job(Status.FAILED_PARSE, age=60, ended_ago=30, error=_TIMEOUT) for _ in range(4)}
    await rows.job(Status.FAILED_PARSE, age=60, ended_ago=20, error=_TIMEOUT | {"code": "NEEDS_OCR"})

    found = await look(read_failure_groups)

    first, second = found.groups
    assert (5, True, "PARSE_TIMEOUT", 4, 4, "collect_parse") == (
        found.documents,
        found.exact,
        first.code,
        first.documents,
        first.users,
        first.stage,
    )
    assert "accessa jobs retry --code PARSE_TIMEOUT" == first.command
    assert ("NEEDS_OCR", "") == (second.code, second.command)
    assert (3, set()) == (len(first.samples), {UUID(job) for job in first.samples} - jobs)
    assert "private name" not in repr(found)


async def test_what_workers_hold_and_what_is_oldest(rows: Rows, look: Any) -> None:
    """Jobs in hand are told by worker and status; the oldest unfinished job stands first."""
    oldest = await rows.job(Status.CHUNKING, age=900, due_in=60, owner="w1")
    for _ in range(2):
        await rows.job(Status.EMBEDDING_IN_PROGRESS, age=5, due_in=60, owner="w1")
    await rows.job(Status.UPLOADED, age=400, due_in=60)

    held = await look(read_held_jobs)
    jobs = await look(read_oldest_jobs)

    assert {"w1": {"chunking": 1, "embedding_in_progress": 2}} == {name: of.jobs for name, of in held.items()}
    assert [(oldest, "w1"), (jobs[1].job_id, None)] == [(job.job_id, job.held_by) for job in jobs[:2]]


async def test_a_document_is_found_by_each_of_its_ids(house: House) -> None:
    """Job, document and correlation id lead to the same story: every status, who held it, and what it cost."""
    database = Database(house.settings.database.url.get_secret_value(), alive_seconds=15)
    async with house.worker():
        answer = await house.upload(b"# Title\n\nSome words to be found.\n", "private name.md")
        job = await house.ended(answer["job_id"])
    ids = [UUID(job[name]) for name in ("job_id", "document_id", "correlation_id")]

    found = [await database.ask(partial(read_timeline, subject=subject)) for subject in ids]
    nothing = await database.ask(partial(read_timeline, subject=uuid4()))
    await database.close()

    timelines = [answer.value for answer in found if answer.value is not None]
    assert [ids[0]] * 3 == [timeline.job["job_id"] for timeline in timelines]
    first = timelines[0]
    assert ["uploaded", "parse_queued", "parsed"] == [stay.status for stay in first.stays[:3]]
    assert ("complete", 10) == (first.stays[-1].status, len(first.stays))
    assert {"finished"} == {holding.ending for holding in first.holdings}
    assert ["recorded"] == [call["state"] for call in first.calls]
    assert pytest.approx(float(job["cost_usd"])) == first.cost_usd
    assert ("", None) == (nothing.sentence, nothing.value)
    assert "private name" not in repr(first)
    assert "Some words" not in repr(first)
