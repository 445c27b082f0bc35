"""Trouble that a worker meets on the way: frozen owners, odd words of providers, lost files, full disks."""

from __future__ import annotations

import asyncio
import errno
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import UUID

import pytest

from accessa.domain.errors import LeaseLostError, PermanentError, RecoverableError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline import run_stages
from accessa.pipeline.desk import Desk
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.receive_upload import _store
from accessa.pipeline.services import Services
from accessa.pipeline.stages import STAGES
from accessa.store.documents import NewDocument, select_documents
from accessa.store.effects import note_progress
from accessa.store.jobs import claim_jobs

if TYPE_CHECKING:
    from backend.tests.house import House


async def claimed(services: Services) -> Job:
    """Claim the one job there is."""
    [job] = await claim_jobs(services.database, owner="w", lease_seconds=20, limit=1)
    return job


async def settled(house: House, services: Services, error: Exception) -> dict[str, Any]:
    """Run a job whose stage raises `error`, and return the job's row."""

    async def stage(_job: Job, _services: Services, _desk: Desk) -> Job:
        raise error

    job = await claimed(services)
    with patch.dict(STAGES, {job.status: stage}):
        await run_stages.run_job(job, services)
    [row] = await house.rows("SELECT status, lease_owner, last_error, available_at FROM upload_pipeline.upload_jobs")
    return dict(row)


async def test_a_worker_frozen_in_a_transaction_loses_its_lock(house: House) -> None:
    """The database itself ends a transaction whose owner has gone silent, so that others can claim the job."""
    database = house.settings.database.model_copy(update={"idle_timeout_seconds": 0.2})
    house.settings = house.settings.model_copy(update={"database": database})
    await house.upload(b"words", "a.txt")
    async with house.services() as services:
        job = await claimed(services)
        frozen = asyncio.Event()
        with pytest.raises(RecoverableError, match="DATABASE_UNAVAILABLE"):  # noqa: PT012 - it fails at its end
            async with services.fenced(job) as effect:
                effect.connection.add_termination_listener(lambda _connection: frozen.set())
                await asyncio.wait_for(frozen.wait(), 10)
                await note_progress(effect.connection, effect.job.job_id, {})
        await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now()")
        again = await claimed(services)

    assert (job.job_id, job.lease_epoch + 1) == (again.job_id, again.lease_epoch)


async def test_words_that_the_database_cannot_hold_are_made_storable(house: House) -> None:
    """A provider's message with NUL and half a surrogate pair ends up on the job, readable."""
    await house.upload(b"words", "a.txt")
    async with house.services() as services:
        row = await settled(
            house, services, PermanentError("PARSE_FAILED", provider_body="page \x00 \ud800 unreadable")
        )

    assert ("failed_parse", None) == (row["status"], row["lease_owner"])
    assert "page   ? unreadable" in row["last_error"]


async def test_a_retry_after_of_years_is_cut_to_an_hour(house: House) -> None:
    """A date sent as seconds does not park a document until the next century."""
    await house.upload(b"words", "a.txt")
    async with house.services() as services:
        row = await settled(house, services, RecoverableError("PARSE_RATE_LIMITED", retry_after_seconds=1.8e9))

    assert row["available_at"] < datetime.now(UTC) + timedelta(hours=2)


async def test_the_last_attempt_says_that_it_was_the_last(house: House) -> None:
    """A job that ends after its attempts no longer promises to go on, and names the command that retries it."""
    accepted = await house.upload(b"words", "a.txt")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 1")
    async with house.services() as services:
        await settled(house, services, ValueError("a fault of ours"))

    job = await house.job(accepted["job_id"])
    assert ("failed_parse", "INTERNAL") == (job["status"], job["error"]["code"])
    assert job["error"]["message"].endswith(f"Given up after 1 attempts: accessa jobs retry {accepted['job_id']}")


async def test_a_job_is_handed_back_in_whatever_status_a_commit_left_it(house: House) -> None:
    """A worker that is stopped before it hears of its own commit lets go of the job as the commit left it."""
    await house.upload(b"words", "a.txt")
    async with house.services() as services:
        job = await claimed(services)

        async def stage(job: Job, services: Services, _desk: Desk) -> Job:
            async with services.fenced(job) as effect:
                await effect.advance(Status.PARSE_QUEUED)
            raise asyncio.CancelledError

        with patch.dict(STAGES, {job.status: stage}), pytest.raises(asyncio.CancelledError):
            await run_stages.run_job(job, services)
    [row] = await house.rows("SELECT status, lease_owner, available_at <= now() FROM upload_pipeline.upload_jobs")

    assert ("parse_queued", None, True) == tuple(row)


async def test_a_long_transaction_does_not_use_up_the_lease(house: House) -> None:
    """A move that took long to write leaves the whole lease ahead of it, so that no other worker takes the job."""
    await house.upload(b"words", "a.txt")
    async with house.services() as services:
        job = await claimed(services)
        async with services.fenced(job) as effect:
            await effect.connection.execute("SELECT pg_sleep(0.3)")
            await effect.advance(Status.PARSE_QUEUED)
            left = await effect.connection.fetchval(
                "SELECT available_at - now() - interval '20 seconds' FROM upload_pipeline.upload_jobs"
            )

    assert timedelta(seconds=0.3) <= left


async def test_a_slow_twin_of_an_upload_makes_no_second_job(house: House) -> None:
    """An upload that was checked before its twin's job had ended finds that job instead of making another."""
    accepted = await house.upload(b"# Words\n\nof twins\n", "a.md")
    async with house.worker():
        await house.ended(accepted["job_id"])
    async with house.services() as services:
        [row] = await select_documents(services.database, UUID(house.api.headers["X-User-Id"]))
        [stored] = await house.rows("SELECT user_id, raw_path FROM upload_pipeline.documents")
        twin = NewDocument(
            row["document_id"], stored["user_id"], "a.md", row["mime"], row["bytes_len"], row["file_sha256"],
            stored["raw_path"],
        )  # fmt: skip
        receipt = await _store(services, twin, services.plan())

    assert (accepted["job_id"], True) == (str(receipt.job_id), receipt.duplicate)
    assert 1 == len(await house.rows("SELECT 1 FROM upload_pipeline.upload_jobs"))


def test_a_worker_that_slept_through_its_lease_does_not_buy() -> None:
    """The clock runs from before the lease was renewed, and stops a purchase once too much of it has gone."""
    clock = LeaseClock(20)
    clock.check()
    with (
        patch("accessa.pipeline.lease_clock.time.clock_gettime", return_value=float("inf")),
        pytest.raises(LeaseLostError),
    ):
        clock.check()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(OSError(errno.ENOSPC, "full"), 507, "DISK_FULL"), (ZeroDivisionError(), 500, "INTERNAL")],
)
async def test_a_fault_inside_the_api_is_told_with_its_correlation_id(
    house: House, error: Exception, status: int, code: str
) -> None:
    """A full disk is named as such, anything unexpected gets a plain 500, and both carry the id of the log lines."""
    with patch("accessa.apps.api.documents.receive_upload", side_effect=error):
        response = await house.api.post("/documents", files={"file": ("a.txt", b"words")})

    told = response.json()["error"]
    assert (status, code) == (response.status_code, told["code"])
    assert response.headers["X-Correlation-Id"] == told["correlation_id"] != ""


async def test_a_disk_that_fills_while_a_body_is_received_is_named(house: House) -> None:
    """The framework's own spooling of a large upload meets the full disk first; the answer is still DISK_FULL."""
    with patch("tempfile.SpooledTemporaryFile.write", side_effect=OSError(errno.ENOSPC, "full")):
        response = await house.api.post("/documents", files={"file": ("a.txt", b"x" * 3_000_000)})

    assert (507, "DISK_FULL") == (response.status_code, response.json()["error"]["code"])
