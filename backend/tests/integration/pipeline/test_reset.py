"""A database that is emptied while workers use it: they go on, and the next document is complete."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from backend.tests.integration.written_rows import writing

from accessa.store import migrate

if TYPE_CHECKING:
    from backend.tests.house import House

PATIENCE_SECONDS = 30
COUNTS = """
SELECT (SELECT count(*) FROM upload_pipeline.providers) + (SELECT count(*) FROM upload_pipeline.provider_gates)
"""


async def test_a_worker_goes_on_in_a_database_that_was_reset(house: House) -> None:
    """What was there is counted and gone; the worker is still known, and the same bytes are complete once more."""
    url = house.settings.database.url.get_secret_value()
    async with house.worker() as worker:
        first = await house.upload(b"# Before\n\nThe first text.\n", "first.md")
        await house.ended(first["job_id"])
        emptied = await asyncio.to_thread(migrate.reset, url)
        left = await house.rows("SELECT FROM upload_pipeline.documents")
        known = [row["worker_id"] for row in await house.rows("SELECT worker_id FROM upload_pipeline.workers")]
        again = await house.upload(b"# Before\n\nThe first text.\n", "first.md")
        ended = await house.ended(again["job_id"])

    assert (migrate.head(), 1, 1, 1) == (emptied.revision, emptied.documents, emptied.jobs, emptied.vectors)
    assert ([], [worker.worker_id]) == (left, known)
    assert (first["document_id"], "complete") == (again["document_id"], ended["status"])
    assert first["job_id"] != again["job_id"]


async def test_a_worker_tells_its_providers_to_a_database_that_knows_them_no_more(house: House) -> None:
    """After a restore, say, of a backup from before the first worker, they are entered anew without a restart."""
    async with house.worker(heartbeat_seconds=0.1):
        await until_known(house, 3)
        async with writing(house.settings.database.url.get_secret_value()) as rows:
            await rows.connection.execute(
                "DELETE FROM upload_pipeline.provider_gates; DELETE FROM upload_pipeline.providers"
            )
        await until_known(house, 3)
        uploaded = await house.upload(b"# After\n\nAnother text.\n", "after.md")
        ended = await house.ended(uploaded["job_id"])

    assert "complete" == ended["status"]


async def until_known(house: House, providers: int) -> None:
    """Wait until so many providers are entered, and each but ourselves has a gate."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await house.rows(COUNTS))[0][0] != 2 * providers - 1:
            await asyncio.sleep(0.05)
