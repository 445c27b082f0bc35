"""Files of a bulk order whose worker died before it could note or delete them are found by the document's deletion."""

from __future__ import annotations

import httpx
import pytest
from backend.tests.faults.kill_cases import IN_BULK, Death
from backend.tests.faults.killing import Killing
from backend.tests.faults.processes import Processes
from backend.tests.house import House, Outside

from accessa.domain.addresses import trust_for

DEATHS = [death for death in IN_BULK if death.point in {"bulk.after_upload_before_commit", "bulk.after_end"}]


async def files(outside: Outside) -> set[str]:
    """Return the ids of all files that the embedding provider keeps."""
    headers = {"Authorization": "Bearer sk-test"}
    async with httpx.AsyncClient(
        base_url=outside.openai, headers=headers, verify=trust_for(outside.openai)
    ) as provider:
        return {file["id"] for file in (await provider.get("/v1/files")).json()["data"]}


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.point)
async def test_a_deletion_finds_the_files_of_a_dead_worker(
    house: House, processes: Processes, outside: Outside, death: Death
) -> None:
    """Requests that were uploaded and never noted, and answers that were never tidied up, go with the document."""
    before = await files(outside)
    killing = Killing(house, processes)
    await killing.begin()
    story = await killing.sent(death.way)
    await killing.kill(story, death)
    left_behind = await files(outside) - before
    answer = await house.api.delete(f"/documents/{story.job_id}")
    await killing.end()

    assert left_behind
    assert (200, before) == (answer.status_code, await files(outside))
    assert len(left_behind) == answer.json()["provider_copies_deleted"]
