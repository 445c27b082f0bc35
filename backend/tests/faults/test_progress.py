"""Progress that cannot be faked: stages that hang end, and jobs before a shut gate do not go round."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

from backend.tests.house import House

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services
from accessa.pipeline.stages import STAGES

SHUT = """
UPDATE upload_pipeline.provider_gates
SET state = 'open', reason = 'EMBED_UNAVAILABLE', opened_at = now(), probe_at = now() + interval '1 hour'
WHERE provider LIKE '%openai%'
"""
CLOSED_AGAIN = """
UPDATE upload_pipeline.provider_gates SET state = 'closed', reason = NULL, opened_at = NULL, probe_at = NULL
"""
WAITING = "SELECT 1 FROM upload_pipeline.upload_jobs WHERE waits_for <> '' AND lease_owner IS NULL"
DUE = "UPDATE upload_pipeline.upload_jobs SET available_at = now()"
CLAIMS = "SELECT count(*) FROM upload_pipeline.events WHERE type = 'claimed'"


async def test_a_stage_that_hangs_is_given_up(house: House) -> None:
    """However well its lease is kept, a stage that never ends is cut off at its time limit, as a counted error."""

    async def hang(_job: Job, _services: Services, _desk: Desk) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    accepted = await house.upload(b"words", "a.txt")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 2")
    with patch.dict(STAGES, {Status.PARSED: hang}):
        async with house.worker(stage_seconds=0.4, lease_seconds=1):
            job = await house.ended(accepted["job_id"])

    assert ("failed_parse", "INTERNAL", 2, 0) == (
        job["status"],
        job["error"]["code"],
        job["retry_count"],
        job["crash_count"],
    )
    assert "WORKER_STAGE_SECONDS" in job["error"]["message"]


async def test_jobs_before_a_shut_gate_do_not_go_round(house: House) -> None:
    """Jobs that wait for a provider are not claimed until its gate lets them through; then all are completed."""
    async with house.worker(poll_seconds=0.02):
        first = await house.upload(b"first", "a.txt")
        await house.ended(first["job_id"])
        await house.rows(SHUT)
        jobs = [(await house.upload(f"words {number}".encode(), "a.txt"))["job_id"] for number in range(5)]
        async with asyncio.timeout(30):
            while len(await house.rows(WAITING)) < len(jobs):
                await asyncio.sleep(0.02)
        [before] = await house.rows(CLAIMS)
        await house.rows(DUE)
        passed_over = await house.upload(b"more", "b.txt")
        async with asyncio.timeout(30):
            while len(await house.rows(WAITING)) < len(jobs) + 1:
                await asyncio.sleep(0.02)
        [after] = await house.rows(CLAIMS)
        await house.rows(CLOSED_AGAIN)
        await house.rows(DUE)
        ended = [await house.ended(job) for job in (*jobs, passed_over["job_id"])]

    assert before["count"] + 1 == after["count"]
    assert {"complete"} == {job["status"] for job in ended}
