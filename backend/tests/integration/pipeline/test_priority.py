"""Priorities as a user gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.tests.house import House


async def test_a_user_can_put_a_document_behind_others_but_not_before_them(house: House) -> None:
    """`low` holds for the document's retries too, and nothing but that and the usual priority can be asked for."""
    content = {"file": ("a.txt", b"words")}
    low = (await house.api.post("/documents", params={"priority": "low"}, files=content)).json()
    await house.rows("UPDATE upload_pipeline.upload_jobs SET crash_count = 3, lease_owner = 'a dead worker'")
    async with house.worker():
        await house.ended(low["job_id"])
    await house.api.post(f"/jobs/{low['job_id']}/retry")
    high = await house.api.post("/documents", params={"priority": "high"}, files=content)

    assert 422 == high.status_code
    assert [-10, -10] == [
        row["priority"] for row in await house.rows("SELECT priority FROM upload_pipeline.upload_jobs")
    ]
