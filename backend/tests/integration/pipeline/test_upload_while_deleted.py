"""An upload by signed URL that meets a deletion of the same bytes is never promised a job whose file is taken away."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

import httpx

from accessa.domain.addresses import trust_for
from accessa.pipeline.delete_document import delete_document

from .conftest import served
from .gate import Gate
from .remains import TEXT, turned_to

if TYPE_CHECKING:
    from .conftest import House

TOLD = {"filename": "a.md", "bytes_len": len(TEXT), "mime": "", "sha256": hashlib.sha256(TEXT).hexdigest()}


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
