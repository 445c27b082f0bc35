"""Several workers on the same queue: they share the work, and nobody does another's again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from accessa.bench.corpus import write_corpus
from accessa.bench.results import Run
from accessa.bench.suite import Plan
from accessa.settings import DatabaseSettings
from accessa.store.audit import run_checks
from accessa.store.database import Database

if TYPE_CHECKING:
    from backend.tests.house import House

_REQUEST_INPUTS = 256


async def test_two_workers_share_the_documents(house: House) -> None:
    """Two workers with one job at a time each: all documents are claimed and complete, and all promises hold."""
    documents = write_corpus("tiny", documents=12)
    uploads = [await house.upload(document.content, document.name) for document in documents]
    async with house.worker(jobs_at_once=1), house.worker(jobs_at_once=1):
        jobs = await asyncio.gather(*(house.ended(upload["job_id"]) for upload in uploads))
    claims = await house.rows(
        "SELECT job_id, payload ->> 'worker' AS worker FROM upload_pipeline.events WHERE type = 'claimed'"
    )

    assert ["complete"] * 12 == [job["status"] for job in jobs]
    assert 12 == len({row["job_id"] for row in claims})
    assert [] == await broken(house)


async def broken(house: House) -> list[str]:
    """Return what the audit finds."""
    database = Database(DatabaseSettings(url=house.settings.database.url), "accessa-test")
    try:
        return [str(finding) for finding in await run_checks(database, at_rest=True)]
    finally:
        await database.close()


@pytest.mark.drill(seconds=40)
def test_killed_workers_are_replaced_without_loss(bench: Callable[[Plan], Run]) -> None:
    """Two workers killed half way: nothing is lost or doubled, and no more is paid again than was under way."""
    run = bench(Plan(["killed"], documents=30, workers=2))

    assert (30, 0, 0, ()) == (run.documents, run.lost, run.duplicated, run.findings)
    assert run.paid_twice <= 2 * 4 * _REQUEST_INPUTS
    assert run.extra["takeover_seconds"] > 0
