"""Outages of the database: it takes no changes, is away for long and again and again, or swallows every word."""

from __future__ import annotations

import asyncio
import errno
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
import pytest
import structlog
from backend.tests.faults import processes as children
from backend.tests.faults.accounts import behind_proxy, claimed, half_done, text_about, told_twice
from backend.tests.faults.processes import Processes
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House, Outside
from backend.tests.simulators import Simulator, new_word, page

from accessa.pipeline.run_stages import run_job
from accessa.settings import Settings
from accessa.store.driver_errors import ConnectionLostError
from fault_proxy import Toxics

AWAY = "The database is away: everything waits until it is back"
BACK = "The database is back"


@pytest.mark.fault(
    "D7", "Postgres takes no changes (failover)", "503 to the API, workers idle, recover alone", "L1, S16"
)
async def test_a_database_that_only_reads_is_waited_for(house: House) -> None:
    """While nothing may be written, uploads are told so and the worker idles after one warning; then both go on."""
    url = house.settings.database.url.get_secret_value()
    name = url.rsplit("/", 1)[1]
    with structlog.testing.capture_logs() as told:
        async with house.worker():
            await house.rows(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            await house.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
                name,
            )
            refused = await _answer_to_upload(house, 503)
            await _until(lambda: any(line.get("code") == "DATABASE_READ_ONLY" for line in told))
            maintenance = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
            await maintenance.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
            await maintenance.close()
            accepted = await _answer_to_upload(house, 202)
            job = await house.ended(accepted["job_id"])

    assert ("DATABASE_READ_ONLY", "complete", 0) == (refused["error"]["code"], job["status"], job["retry_count"])
    assert not [line for line in told if line["log_level"] == "error"]


async def _answer_to_upload(house: House, status: int) -> dict[str, Any]:
    """Upload until the answer has this status; connections that were just ended say something else first."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            response = await house.api.post("/documents", files={"file": ("a.txt", b"words")})
            body: dict[str, Any] = response.json()
            if response.status_code == status and body.get("error", {}).get("code") != "DATABASE_UNAVAILABLE":
                return body
            await asyncio.sleep(LOOK_SECONDS)


async def _until(is_so: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(LOOK_SECONDS)


@pytest.mark.fault("D8", "worker's disk full", "DISK_FULL is told and not counted, goes on by itself", "S2, L1")
async def test_a_full_disk_of_the_worker_is_waited_for(house: House) -> None:
    """A worker that has no room for a file says so on the job, counts nothing, and finishes once there is room."""
    accepted = await house.upload(page(new_word()), "a.html")
    full = [OSError(errno.ENOSPC, "full")] * 2
    real = tempfile.TemporaryDirectory

    def folder(*arguments: Any, **options: Any) -> Any:
        if full:
            raise full.pop()
        return real(*arguments, **options)

    with patch("tempfile.TemporaryDirectory", folder):
        async with house.worker():
            job = await house.ended(accepted["job_id"])
    codes = [event["code"] for event in await house.events(accepted["job_id"])]

    assert ("complete", 0, 2) == (job["status"], job["retry_count"], codes.count("DISK_FULL"))


@pytest.mark.drill(seconds=40)
@pytest.mark.fault("D7", "Postgres down five times for longer than a lease", "no WORKER_CRASHED", "L1, S16")
async def test_five_outages_without_progress_crash_nobody(house: House, outside: Outside) -> None:
    """Two workers sit out five outages with a job in hand: one warning each, and no crash is counted."""
    embedder = Simulator(outside, "openai")
    await embedder.begin()
    word = new_word()
    await embedder.play({"kind": "hang", "document": word})
    accepted = await house.upload(text_about(word), "a.md")
    async with behind_proxy(house) as (distant, proxy):
        patient = distant.with_settings(database={"connect_timeout_seconds": 1}, openai={"timeout_seconds": 120})
        with structlog.testing.capture_logs() as told:
            async with patient.worker(lease_seconds=3), patient.worker(lease_seconds=3):
                await house.until(accepted["job_id"], lambda job: job["status"] == "embedding_in_progress")
                for _ in range(5):
                    await proxy.down()
                    await asyncio.sleep(3.5)
                    await proxy.up()
                    await asyncio.sleep(1)
                [row] = await house.rows("SELECT crash_count, lease_epoch, status FROM upload_pipeline.upload_jobs")
                await embedder.play()
                await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now(), lease_owner = NULL")
                job = await house.ended(accepted["job_id"])
    events = [line["event"] for line in told if line["log_level"] == "warning"]

    assert (0, 1, "embedding_in_progress") == tuple(row)
    assert ("complete", 0) == (job["status"], job["retry_count"])
    assert events.count(AWAY) <= 10
    assert [] == await half_done(house)


@pytest.mark.drill(seconds=30)
@pytest.mark.fault("D4", "network to Postgres swallows everything", "time-outs fire, the lease moves, fenced", "S5, L3")
async def test_a_black_hole_moves_the_lease(house: House) -> None:
    """A worker that no answer reaches gives up waiting; another takes its job, and it writes nothing any more."""
    accepted = await house.upload(text_about(new_word()), "a.md")
    async with behind_proxy(house) as (distant, proxy):
        short = distant.with_settings(
            database={"connect_timeout_seconds": 0.5, "statement_timeout_seconds": 0.5}, worker={"lease_seconds": 1.0}
        )
        async with short.services() as services:
            job = await claimed(services, "swallowed", lease_seconds=1)
            black_hole = Toxics(timeout=0)
            proxy.play(upstream=black_hole, downstream=black_hole)
            started = time.monotonic()
            with pytest.raises(ConnectionLostError):
                async with services.fenced(job):
                    pass
            waited = time.monotonic() - started
            async with house.worker():
                ended = await house.ended(accepted["job_id"])
                proxy.heal()
                await run_job(job, services)
    epochs = await house.rows("SELECT DISTINCT lease_epoch FROM upload_pipeline.events WHERE type = 'transition'")

    assert ("complete", [job.lease_epoch + 1]) == (ended["status"], [row["lease_epoch"] for row in epochs])
    assert waited < PATIENCE_SECONDS
    assert ([], []) == (await told_twice(house), await half_done(house))


def _work_an_hour_off(log: Path, settings: Settings, seconds: float) -> None:
    """Work as a worker does whose machine's clock is wrong."""
    right = time.time
    with patch("time.time", lambda: right() + seconds), suppress(KeyboardInterrupt):
        children._work(log, settings)


@pytest.mark.drill(seconds=20)
@pytest.mark.fault("D11", "clock of a worker an hour fast or slow", "none: only the database's clock counts", "S4, S5")
@pytest.mark.parametrize("seconds", [3600.0, -3600.0], ids=["fast", "slow"])
async def test_a_wrong_clock_of_a_worker_changes_nothing(house: House, processes: Processes, seconds: float) -> None:
    """A worker whose clock is an hour off claims, renews and finishes as any other."""
    accepted = await house.upload(text_about(new_word()), "a.md")
    processes._start(_work_an_hour_off, house.settings, seconds)
    job = await house.ended(accepted["job_id"])
    claims = await house.rows("SELECT FROM upload_pipeline.events WHERE type = 'claimed'")

    assert ("complete", 0, 1) == (job["status"], job["retry_count"], len(claims))
