"""What the tests of database faults look at in the end: nothing lost, nothing twice, and no purchase left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House
from pydantic import SecretStr

from accessa.domain.job import Job
from accessa.pipeline.services import Services
from accessa.store.jobs import claim_jobs
from fault_proxy import FaultProxy

PARTS = 12


def text_about(word: str) -> bytes:
    """Return a Markdown text of several chunks, each with the word."""
    parts = (f"# Part {part} {word}\n\n" + f"Sentence of {word} number {part}. " * 40 for part in range(PARTS))
    return "\n\n".join(parts).encode()


@asynccontextmanager
async def behind_proxy(house: House) -> AsyncIterator[tuple[House, FaultProxy]]:
    """Lend the house as somebody has it whose road to the database leads through a proxy."""
    url = house.settings.database.url.get_secret_value()
    async with FaultProxy.before(url) as proxy:
        yield house.with_settings(database={"url": SecretStr(proxy.address(url))}), proxy


async def claimed(services: Services, owner: str = "w", lease_seconds: float = 20) -> Job:
    """Claim the one job that is due."""
    [job] = await claim_jobs(services.database, owner=owner, lease_seconds=lease_seconds, limit=1)
    return job


async def blocked(house: House, statement: str) -> int:
    """Wait until a session hangs in a statement that contains these words, and return its process."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (
            rows := await house.rows(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state = 'active' AND wait_event_type IN ('Lock', 'Timeout') AND strpos(query, $1) > 0",
                statement,
            )
        ):
            await asyncio.sleep(LOOK_SECONDS)
    return int(rows[0]["pid"])


async def ledger_of(house: House, job_id: str) -> list[tuple[str, str, int]]:
    """Return (operation, state, calls) of a job's purchases."""
    rows = await house.rows(
        "SELECT operation, state, count(*) AS calls FROM upload_pipeline.provider_calls WHERE job_id = $1"
        " GROUP BY operation, state ORDER BY operation, state",
        UUID(job_id),
    )
    return [tuple(row) for row in rows]


async def told_twice(house: House) -> list[Any]:
    """Return what the events say of one purchase more than once, or of a job's move."""
    return await house.rows(
        "SELECT job_id, code, payload ->> 'call_key' FROM upload_pipeline.events"
        " WHERE type IN ('paid_intent', 'paid_recorded', 'transition')"
        " GROUP BY job_id, code, payload ->> 'call_key' HAVING count(*) > 1"
    )


async def half_done(house: House) -> list[Any]:
    """Return jobs that are complete without each of their chunks having one vector."""
    return await house.rows(
        "SELECT j.job_id FROM upload_pipeline.upload_jobs j WHERE j.status = 'complete' AND ("
        "SELECT count(*) FROM upload_pipeline.document_chunk_buffer c WHERE c.set_id = j.set_id) <> ("
        "SELECT count(*) FROM upload_pipeline.document_vector_buffer v WHERE v.set_id = j.set_id)"
    )
