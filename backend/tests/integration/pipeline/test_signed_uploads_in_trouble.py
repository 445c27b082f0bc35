"""Uploads by signed URL that meet a deletion of the same bytes, or a database that fails in a way nobody foresaw."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from backend.tests.house import PATIENCE_SECONDS, served

from accessa.domain.addresses import trust_for
from accessa.pipeline.delete_document import delete_document

from .gate import Gate
from .remains import TEXT, turned_to

if TYPE_CHECKING:
    from backend.tests.house import House

TOLD = {"filename": "a.md", "bytes_len": len(TEXT), "mime": "", "sha256": hashlib.sha256(TEXT).hexdigest()}

MET = "SELECT is_called FROM met"
# A sequence keeps its count though the transaction is rolled back.
FAILING = """
BEGIN PERFORM nextval('public.met'); RAISE EXCEPTION 'unforeseen'; END
"""
BREAK = (
    "CREATE SEQUENCE met",
    f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $${FAILING}$$",
    "CREATE TRIGGER fail BEFORE UPDATE ON upload_pipeline.pending_uploads FOR EACH ROW EXECUTE FUNCTION fail()",
)


async def sent(house: House) -> tuple[str, int]:
    """Announce the text and send it to its URL; return the document's id and the storage's status."""
    announced = (await house.api.post("/documents/uploads", json=TOLD)).json()
    async with httpx.AsyncClient(verify=trust_for(house.outside.storage)) as plain:
        status = (await plain.put(announced["signed_url"], content=TEXT)).status_code
    return announced["document_id"], status


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refused request."""
    return answer.status_code, answer.json()["error"]["code"]


async def test_an_announced_file_waits_for_the_end_of_a_deletion(house: House) -> None:
    """While the same bytes are being deleted nobody is given a URL or a job; afterwards the file can be sent anew."""
    document, _ = await sent(house)
    await house.upload(TEXT, "a.md")
    right, gate = house.settings, Gate(house.outside.storage, "POST", "/object/list-v2/")
    with served(gate.app) as address:
        turned_to(house, "storage", url=address)
        async with house.services() as services:
            user = UUID(house.api.headers["X-User-Id"])
            deleting = asyncio.create_task(delete_document(services, user, UUID(document)))
            async with gate.passed():
                completed = await house.api.post(f"/documents/uploads/{document}/complete")
                announced = await house.api.post("/documents/uploads", json=TOLD)
            proof = await deleting
    house.settings = right
    again = await sent(house)
    accepted = await house.api.post(f"/documents/uploads/{document}/complete")

    assert [(503, "DOCUMENT_BEING_DELETED")] * 2 == [refusal(completed), refusal(announced)]
    assert (0, (document, 200), 202) == (proof.left, again, accepted.status_code)
    async with house.worker():
        assert "complete" == (await house.ended(accepted.json()["job_id"]))["status"]


async def test_an_unforeseen_error_does_not_end_the_search_for_arrived_files(house: House) -> None:
    """A worker whose look at the announced uploads fails looks again, and queues what has arrived."""
    document, _ = await sent(house)
    for statement in ("UPDATE upload_pipeline.pending_uploads SET available_at = now()", *BREAK):
        await house.rows(statement)
    async with house.worker():
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await house.rows(MET))[0]["is_called"]:
                await asyncio.sleep(0.02)
        await house.rows("DROP TRIGGER fail ON upload_pipeline.pending_uploads")
        await house.until(document, lambda job: job.get("status") == "complete")
