"""A deletion that is cut short is made good, and nobody who is at work on the document spoils it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import UUID

import pytest
from backend.tests.house import served

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline import run_stages
from accessa.pipeline.delete_document import delete_document
from accessa.pipeline.deletion_remains import clear_remains
from accessa.pipeline.desk import Desk
from accessa.pipeline.page_file import store_pages
from accessa.pipeline.parse_submission import keep, submit
from accessa.pipeline.services import Services
from accessa.pipeline.stages import STAGES
from accessa.store.jobs import claim_jobs

from .gate import Gate
from .remains import NOWHERE, TEXT, another_api, codes, completed, copies, new_page, objects, rows, turned_to

if TYPE_CHECKING:
    from backend.tests.house import House


async def test_a_deletion_cut_short_by_the_storage_is_finished_by_the_next_call(house: House) -> None:
    """Without storage the document is out of search at once; the next call removes its files and proves the whole."""
    accepted = await completed(house)
    turned_to(house, "storage", url=NOWHERE)
    async with another_api(house) as without_storage:
        refused = await without_storage.delete(f"/documents/{accepted['document_id']}")
    searched = (await house.api.post("/search", json={"query": "hail"})).json()["documents_searched"]
    proof = (await house.api.delete(f"/documents/{accepted['document_id']}")).json()

    assert (503, "DELETION_UNFINISHED", 0) == (refused.status_code, refused.json()["error"]["code"], searched)
    assert (1, 2, 0) == (proof["rows"]["documents"], proof["objects"], proof["left"])
    assert "DOCUMENT_DELETED" == (await codes(house, accepted["document_id"]))[-1]


async def killed_in_the_middle(house: House, document_id: str) -> None:
    """Begin to delete a document in a process that dies before it has removed any file."""
    right = house.settings
    gate = Gate(house.outside.storage, "POST", "/object/list-v2/")
    with served(gate.app) as address:
        turned_to(house, "storage", url=address)
        async with house.services() as services:
            user = UUID(house.api.headers["X-User-Id"])
            deleting = asyncio.create_task(delete_document(services, user, UUID(document_id)))
            async with gate.passed():
                deleting.cancel()
                with suppress(asyncio.CancelledError):
                    await deleting
    house.settings = right


async def test_a_deletion_whose_process_died_is_taken_over(house: House) -> None:
    """For the time of a lease others are asked to wait; then the next call finishes what was begun."""
    accepted = await house.upload(TEXT, "a.md")
    await killed_in_the_middle(house, accepted["document_id"])
    at_once = await house.api.delete(f"/documents/{accepted['document_id']}")
    await house.rows("UPDATE upload_pipeline.events SET ts = ts - interval '1 minute'")
    later = [await house.api.delete(f"/documents/{accepted['job_id']}") for _ in range(2)]

    assert (503, "DOCUMENT_BEING_DELETED") == (at_once.status_code, at_once.json()["error"]["code"])
    assert ([200, 404], 1, 0) == (
        [answer.status_code for answer in later],
        later[0].json()["objects"],
        later[0].json()["left"],
    )


async def test_an_upload_finishes_a_deletion_that_was_cut_short(house: House) -> None:
    """The same bytes wait while they are being deleted, and are then taken in anew with nothing of the old ones."""
    accepted = await house.upload(TEXT, "a.md")
    await killed_in_the_middle(house, accepted["document_id"])
    at_once = await house.api.post("/documents", files={"file": ("a.md", TEXT)})
    await house.rows("UPDATE upload_pipeline.events SET ts = ts - interval '1 minute'")
    again = await house.upload(TEXT, "a.md")

    assert (503, "DOCUMENT_BEING_DELETED") == (at_once.status_code, at_once.json()["error"]["code"])
    assert (False, 1) == (again["duplicate"], len(await objects(house, accepted["document_id"])))
    async with house.worker():
        assert "complete" == (await house.ended(again["job_id"]))["status"]


async def test_an_upload_whose_file_a_deletion_took_is_asked_to_come_again(house: House) -> None:
    """A slow twin that stored its file before the deletion is not acknowledged, and leaves no file behind."""
    gate = Gate(house.outside.storage, "POST", "/object/raw/", after=True)
    with served(gate.app) as address:
        right = house.settings
        turned_to(house, "storage", url=address)
        async with another_api(house) as slow:
            twin = asyncio.create_task(slow.post("/documents", files={"file": ("a.md", TEXT)}))
            async with gate.passed():
                accepted = await house.upload(TEXT, "a.md")
                await house.api.delete(f"/documents/{accepted['document_id']}")
            refused = await twin
        house.settings = right

    assert (503, "DOCUMENT_BEING_DELETED") == (refused.status_code, refused.json()["error"]["code"])
    assert [] == await objects(house, accepted["document_id"])
    assert 0 == await rows(house)


async def deleted_under_the_worker(
    house: House, gate: Gate, group: str, setting: Callable[[str], dict[str, str]], file: tuple[bytes, str]
) -> tuple[str, dict[str, Any]]:
    """Delete a document while its worker is held in a request; return the document's id and the proof."""
    accepted = await house.upload(*file)
    right = house.settings
    with served(gate.app) as address:
        turned_to(house, group, **setting(address))
        async with house.worker(), gate.passed():
            proof = (await house.api.delete(f"/documents/{accepted['document_id']}")).json()
    house.settings = right
    return accepted["document_id"], proof


async def test_a_worker_that_writes_too_late_takes_it_away_again(house: House) -> None:
    """A parsed text that reaches the storage after the deletion does not stay, and the job is not tried again."""
    gate = Gate(house.outside.storage, "POST", "/object/parsed/")
    document_id, proof = await deleted_under_the_worker(
        house, gate, "storage", lambda url: {"url": url}, (TEXT, "a.md")
    )

    assert (1, 0) == (proof["objects"], proof["left"])
    assert ([], 0) == (await objects(house, document_id), await rows(house))
    assert ["DOCUMENT_DELETED", "DOCUMENT_REMAINS_DELETED"] == [
        code for code in await codes(house, document_id) if not code.endswith("STARTED")
    ]


async def test_a_worker_in_an_embedding_call_stores_nothing_of_it(house: House) -> None:
    """Vectors that arrive after the deletion are dropped with the job, quietly and for good."""
    gate = Gate(house.outside.openai, "POST", "/embeddings", after=True)
    document_id, proof = await deleted_under_the_worker(
        house, gate, "openai", lambda url: {"base_url": f"{url}/v1"}, (TEXT, "a.md")
    )

    assert (2, 1, 0) == (proof["objects"], proof["ledger_rows_kept"], proof["left"])
    assert ([], 0) == (await objects(house, document_id), await rows(house))
    errors = await house.rows("SELECT code FROM upload_pipeline.events WHERE type = 'error'")
    assert ([], "DOCUMENT_DELETED") == (errors, (await codes(house, document_id))[-1])


@pytest.mark.parametrize(
    ("path", "when"), [("/api/v1/beta/files", "before"), ("/api/v2/parse", "before"), ("/api/v2/parse", "after")]
)
async def test_a_worker_that_hands_in_too_late_leaves_no_copy(house: House, path: str, when: str) -> None:
    """A file or a parse that the provider accepts after the deletion is deleted there by the worker."""
    gate = Gate(house.outside.llamaparse, "POST", path, after=when == "after")
    document_id, proof = await deleted_under_the_worker(
        house, gate, "parse", lambda url: {"base_url": url}, (new_page(), "p.html")
    )

    assert 0 == proof["left"]
    assert ((0, 0), 0) == (await copies(house, document_id), await rows(house))


async def test_a_worker_that_is_cut_off_by_its_lease_leaves_nothing(house: House) -> None:
    """A worker that is cancelled because it could not renew its lease looks for what it left, and ends in peace."""
    accepted = await house.upload(TEXT, "a.md")

    async def stage(job: Job, services: Services, _desk: Desk) -> Job:
        await house.api.delete(f"/documents/{job.document_id}")
        await store_pages(job, services, ["words"])
        raise asyncio.CancelledError

    async with house.services() as services:
        [job] = await claim_jobs(services.database, owner="w", lease_seconds=20, limit=1)
        with patch.dict(STAGES, {job.status: stage}):
            await run_stages.run_job(job, services)

    assert ([], 0) == (await objects(house, accepted["document_id"]), await rows(house))


async def test_a_worker_that_is_cut_off_while_it_hands_in_leaves_no_copy(house: House) -> None:
    """Who learns in the same moment by its lease that the document has gone still calls off what was accepted."""
    accepted = await house.upload(new_page(), "p.html")
    async with house.services() as services:
        await services.enter_providers()
        [job] = await claim_jobs(services.database, owner="w", lease_seconds=20, limit=1)
        submission = await submit(job, services)
        await house.api.delete(f"/documents/{accepted['document_id']}")
        keeping = asyncio.create_task(
            keep(job, services, submission, lambda effect: effect.advance(Status.PARSE_QUEUED))
        )
        await asyncio.sleep(0)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping

    assert (0, 0) == await copies(house, accepted["document_id"])


async def test_a_parse_whose_worker_died_before_it_noted_it_goes_too(house: House) -> None:
    """What the provider accepted for a worker that did not live to write it down is found by the document's id."""
    accepted = await house.upload(new_page(), "p.html")
    async with house.services() as services:
        await services.enter_providers()
        [job] = await claim_jobs(services.database, owner="w", lease_seconds=20, limit=1)
        await submit(job, services)
    ordered = await copies(house, accepted["document_id"])
    proof = (await house.api.delete(f"/documents/{accepted['document_id']}")).json()

    assert ((1, 1), (0, 0)) == (ordered, await copies(house, accepted["document_id"]))
    assert (2, 0) == (proof["provider_copies_deleted"], proof["provider_copies_left"])


async def test_remains_of_a_deletion_are_no_part_of_the_new_document(house: House) -> None:
    """A worker that comes back after the same bytes were uploaded anew removes nothing of the new document."""
    accepted = await completed(house)
    await house.api.delete(f"/documents/{accepted['document_id']}")
    await completed(house)
    user, document = UUID(house.api.headers["X-User-Id"]), UUID(accepted["document_id"])
    async with house.services() as services:
        await clear_remains(services, user, document, files_listed=False)

    assert 2 == len(await objects(house, accepted["document_id"]))
    assert "DOCUMENT_DELETED" == (await codes(house, accepted["document_id"]))[-1]
