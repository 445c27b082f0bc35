"""A document is deleted with proof, and nothing of it is left anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
from backend.tests.house import test_settings

from accessa.apps.api.app import create_app
from accessa.domain.addresses import trust_for

from .remains import NOWHERE, TABLES, TEXT, another_api, completed, copies, new_page, objects, rows, turned_to

if TYPE_CHECKING:
    from backend.tests.house import House, Outside


async def test_a_deleted_document_is_gone_everywhere(house: House) -> None:
    """The proof counts what was deleted, nothing is left in tables, storage, search and at the provider."""
    accepted = await completed(house, new_page(), "p.html")
    document = (await house.api.get(f"/documents/{accepted['document_id']}")).json()
    stored = len(await objects(house, accepted["document_id"]))
    response = await house.api.delete(f"/documents/{accepted['document_id']}")
    proof = response.json()

    assert (200, set(TABLES)) == (response.status_code, set(proof["rows"]))
    assert (document["chunks"], document["vectors"]) == (
        proof["rows"]["document_chunk_buffer"],
        proof["rows"]["document_vector_buffer"],
    )
    assert (3, 3, False, 2, 0, 0) == (
        stored,
        *(
            proof[name]
            for name in ("objects", "parse_cancelled", "provider_copies_deleted", "provider_copies_left", "left")
        ),
    )
    assert (0, [], (0, 0)) == (
        await rows(house),
        await objects(house, accepted["document_id"]),
        await copies(house, accepted["document_id"]),
    )
    assert 0 == (await house.api.post("/search", json={"query": "cover"})).json()["documents_searched"]


async def test_what_stays_is_an_event_of_ids_and_counts(house: House) -> None:
    """One event tells of the deletion: who, what, how much, and what the document had cost."""
    accepted = await completed(house)
    cost = (await house.job(accepted["job_id"]))["cost_usd"]
    await house.api.delete(f"/documents/{accepted['document_id']}")

    [event] = await house.rows(
        "SELECT document_id, payload::text, (payload ->> 'cost_usd')::float8 AS cost_usd FROM upload_pipeline.events"
        " WHERE code = 'DOCUMENT_DELETED'"
    )
    assert (accepted["document_id"], cost) == (str(event["document_id"]), event["cost_usd"])
    assert (True, False) == tuple(word in event["payload"] for word in (house.api.headers["X-User-Id"], "a.md"))


async def test_only_the_owner_deletes_and_only_once(house: House) -> None:
    """The id of a job stands for its document; foreign, unknown and deleted ones all answer the same 404."""
    accepted = await house.upload(TEXT, "a.md")
    other = {"X-User-Id": str(uuid4())}
    foreign = [await house.api.delete(f"/documents/{accepted['document_id']}", headers=other)]
    mine = await house.api.delete(f"/documents/{accepted['job_id']}")
    foreign.append(await house.api.delete(f"/documents/{accepted['document_id']}", headers=other))
    again = [await house.api.delete(f"/documents/{accepted[name]}") for name in ("document_id", "job_id")]
    unknown = await house.api.delete(f"/documents/{uuid4()}")

    assert (200, accepted["document_id"]) == (mine.status_code, mine.json()["document_id"])
    refused = {(answer.status_code, answer.json()["error"]["code"]) for answer in (*foreign, *again, unknown)}
    assert {(404, "NOT_FOUND")} == refused


async def test_the_same_bytes_come_as_new_after_a_deletion(house: House) -> None:
    """An upload after the deletion is a first time again; the id of the deleted job does not reach the new document."""
    accepted = await completed(house)
    await house.api.delete(f"/documents/{accepted['document_id']}")
    again = await completed(house)
    by_old_job = await house.api.delete(f"/documents/{accepted['job_id']}")

    assert (accepted["document_id"], False) == (again["document_id"], again["duplicate"])
    assert accepted["job_id"] != again["job_id"]
    assert 404 == by_old_job.status_code
    assert 1 == (await house.api.post("/search", json={"query": "hail"})).json()["documents_searched"]


async def test_an_open_parse_is_cancelled(house: House) -> None:
    """A parse that is under way at the provider is called off, and deleted with its file."""
    address = house.outside.llamaparse
    async with httpx.AsyncClient(base_url=address, verify=trust_for(address)) as control:
        await control.patch("/_control", json={"delay": 600})
        try:
            accepted = await house.upload(new_page(), "p.html")
            async with house.worker():
                await house.until(accepted["job_id"], lambda job: job["status"] == "parse_queued")
            proof = (await house.api.delete(f"/documents/{accepted['job_id']}")).json()
        finally:
            await control.patch("/_control", json={"delay": 0})

    assert (True, 2, 0) == (proof["parse_cancelled"], proof["provider_copies_deleted"], proof["left"])
    assert (0, 0) == await copies(house, accepted["document_id"])


async def test_an_outage_of_the_provider_hinders_no_deletion(house: House) -> None:
    """Our own data goes at once, the copies that are left are told, and the same call deletes them later."""
    accepted = await completed(house, new_page(), "p.html")
    turned_to(house, "parse", base_url=NOWHERE)
    async with another_api(house) as without_provider:
        proof = (await without_provider.delete(f"/documents/{accepted['document_id']}")).json()
    later = [await house.api.delete(f"/documents/{accepted['document_id']}") for _ in range(2)]

    assert (3, 0, 2, 0) == tuple(
        proof[name] for name in ("objects", "provider_copies_deleted", "provider_copies_left", "left")
    )
    assert ([200, 404], 2) == ([answer.status_code for answer in later], later[0].json()["provider_copies_deleted"])
    assert (0, 0) == await copies(house, accepted["document_id"])


def test_the_description_shows_a_proof(outside: Outside) -> None:
    """The API's description of the deletion holds an example of every part of the proof."""
    description = create_app(test_settings("postgresql://127.0.0.1:9/none", outside, "http://api")).openapi()
    form = description["components"]["schemas"]["DeletionAnswer"]["properties"]

    assert [] == [name for name, part in form.items() if name != "document_id" and not part.get("examples")]
    assert {"200", "404", "default"} == set(description["paths"]["/documents/{subject}"]["delete"]["responses"])
