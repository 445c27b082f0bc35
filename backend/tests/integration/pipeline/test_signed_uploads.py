"""Uploads by signed URL: announced to the API, sent to the storage, verified byte for byte, and queued once."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from storage3 import AsyncStorageClient

from accessa.domain.addresses import trust_for
from accessa.pipeline.complete_upload import complete_upload
from accessa.pipeline.deletion_remains import clear_remains
from accessa.pipeline.services import open_services
from accessa.providers.storage import split_path

if TYPE_CHECKING:
    from backend.tests.house import House

NOTE = b"# Cover\n\nStorm damage to the roof is covered.\n"
WRONG = b"# Cover\n\nStorm damage to the roof is EXCLUDE.\n"
PENDING = "SELECT raw_path, filename FROM upload_pipeline.pending_uploads WHERE user_id = $1"
JOBS = "SELECT job_id FROM upload_pipeline.upload_jobs WHERE user_id = $1"
CHANGE = "UPDATE upload_pipeline.pending_uploads SET {} WHERE user_id = $1"
LATE = """
INSERT INTO upload_pipeline.pending_uploads
    (document_id, user_id, job_id, correlation_id, filename, mime, bytes_len, file_sha256, raw_path, expires_at,
     available_at)
SELECT document_id, user_id, gen_random_uuid(), gen_random_uuid(), filename, mime, bytes_len, file_sha256, raw_path,
    now(), now()
FROM upload_pipeline.documents WHERE user_id = $1
"""
DUE = "available_at = now()"
OVER = "available_at = now(), expires_at = now() - interval '2 hours'"
ABANDONED = "available_at = now(), lease_owner = gen_random_uuid()"

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Sender:
    """A user's program: it knows the API, and has a plain HTTP client for the URLs that it is given."""

    def __init__(self, house: House, plain: httpx.AsyncClient) -> None:
        self.house = house
        self.plain = plain
        self.user = UUID(house.api.headers["X-User-Id"])

    async def announce(self, content: bytes = NOTE, filename: str = "note.md", **changes: Any) -> httpx.Response:
        """Announce a file; `changes` tell something else about it than what is so."""
        told = {
            "filename": filename,
            "bytes_len": len(content),
            "mime": "",
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return await self.house.api.post("/documents/uploads", json={**told, **changes})

    async def put(self, url: str, content: bytes = NOTE) -> int:
        """Send bytes to a signed URL and return the status."""
        return (await self.plain.put(url, content=content)).status_code

    async def complete(self, document: str, **options: Any) -> httpx.Response:
        """Say that the file is there."""
        return await self.house.api.post(f"/documents/uploads/{document}/complete", **options)

    async def stored(self) -> list[str]:
        """Return the names of all files that the user has in the storage."""
        async with self.house.services() as services:
            answer = await services.storage._client.post("object/list/raw", json={"prefix": str(self.user)})
        return [row["name"] for row in answer.json()]

    async def jobs(self) -> list[str]:
        """Return the ids of the user's jobs."""
        return [str(row["job_id"]) for row in await self.house.rows(JOBS, self.user)]

    async def pending(self) -> list[Any]:
        """Return the user's announced uploads that are not settled."""
        return await self.house.rows(PENDING, self.user)

    async def change(self, what: str) -> None:
        """Change something about all announced uploads of the user."""
        await self.house.rows(CHANGE.format(what), self.user)


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> AsyncIterator[House]:
    """The module's house as a user of the test's own sees it."""
    url = shared_house.api.base_url
    headers = {"X-User-Id": str(uuid4())}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, verify=trust_for(str(url))) as api:
        yield shared_house.seen_with(api)


@pytest_asyncio.fixture(loop_scope="module")
async def sender(house: House) -> AsyncIterator[Sender]:
    """A user's program without any key."""
    async with httpx.AsyncClient(verify=trust_for(house.outside.storage)) as plain:
        yield Sender(house, plain)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refused request."""
    return answer.status_code, answer.json()["error"]["code"]


async def test_announced_file_walks_the_whole_way(house: House, sender: Sender, samples: Path) -> None:
    """A PDF that was sent to its URL and completed is searchable under the ids that were told before it came."""
    content = (samples / "samples/travel-insurance-certificate.pdf").read_bytes()
    announced = await sender.announce(content, "travel.pdf", mime="application/pdf")
    ticket = announced.json()
    status = await sender.put(ticket["signed_url"], content)
    completed = await sender.complete(ticket["document_id"])
    async with house.worker():
        job = await house.ended(ticket["job_id"])
    shown = (await house.api.get(f"/documents/{ticket['document_id']}")).json()

    assert (201, False, 200, 202) == (announced.status_code, ticket["duplicate"], status, completed.status_code)
    ids = {name: ticket[name] for name in ("document_id", "job_id", "correlation_id")}
    assert {**ids, "status": "uploaded", "duplicate": False} == completed.json()
    assert ("complete", "travel.pdf") == (job["status"], job["filename"])
    assert ("application/pdf", len(content), True) == (shown["mime"], shown["bytes_len"], shown["live"])
    assert "UPLOAD_ACCEPTED" == (await house.events(ticket["job_id"]))[0]["code"]
    assert [] == await sender.pending()


async def test_official_client_can_send_the_file(house: House, sender: Sender) -> None:
    """The token of the URL works with the official client's upload to a signed URL."""
    ticket = (await sender.announce()).json()
    url = httpx.URL(ticket["signed_url"])
    bucket, _, key = url.path.partition("/object/upload/sign/")[2].partition("/")
    async with httpx.AsyncClient(verify=trust_for(str(url))) as session:
        client = AsyncStorageClient(f"{house.outside.storage}/storage/v1/", {}, http_client=session)
        options: Any = {"content-type": "text/markdown"}
        await client.from_(bucket).upload_to_signed_url(key, url.params["token"], NOTE, options)

    assert 202 == (await sender.complete(ticket["document_id"])).status_code


async def test_file_that_is_not_there_yet(sender: Sender) -> None:
    """Completing before the file has arrived is refused, and changes nothing."""
    ticket = (await sender.announce()).json()

    assert (409, "UPLOAD_INCOMPLETE") == refusal(await sender.complete(ticket["document_id"]))
    assert 200 == await sender.put(ticket["signed_url"])
    assert 202 == (await sender.complete(ticket["document_id"])).status_code


@pytest.mark.parametrize(
    ("content", "told", "words"),
    [
        (WRONG, {}, "SHA-256"),
        (NOTE[:-1], {}, f"{len(NOTE) - 1} bytes"),
        (NOTE + b"!", {}, "longer"),
        (b"", {}, "0 bytes"),
        (NOTE, {"mime": "application/pdf"}, "text/markdown"),
    ],
    ids=["other bytes", "too short", "too long", "empty", "other type"],
)
async def test_wrong_file_is_removed_and_can_be_sent_again(
    sender: Sender, content: bytes, told: dict[str, Any], words: str
) -> None:
    """What is not as announced is removed with a plain reason, nothing is queued, and the right file is still taken."""
    ticket = (await sender.announce(**told)).json()
    assert 200 == await sender.put(ticket["signed_url"], content)
    answer = await sender.complete(ticket["document_id"])

    assert (422, "UPLOAD_MISMATCH") == refusal(answer)
    assert words in answer.json()["error"]["message"]
    assert ([], []) == (await sender.stored(), await sender.jobs())
    url = ticket["signed_url"] if not told else (await sender.announce()).json()["signed_url"]
    assert 200 == await sender.put(url)
    assert [ticket["job_id"]] == [(await sender.complete(ticket["document_id"])).json()["job_id"]]


async def test_content_of_no_accepted_type(sender: Sender) -> None:
    """A picture under the name of a PDF is refused by its content, and removed."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    ticket = (await sender.announce(picture, "scan.pdf")).json()
    await sender.put(ticket["signed_url"], picture)

    assert (415, "UNSUPPORTED_TYPE") == refusal(await sender.complete(ticket["document_id"]))
    assert [] == await sender.stored()


async def test_announcements_that_are_refused(sender: Sender) -> None:
    """Empty, oversized and unaccepted files, and hashes that are none, are refused before anything is sent."""
    answers = [
        await sender.announce(b""),
        await sender.announce(bytes_len=100_000_001),
        await sender.announce(filename="a.png", mime="image/png"),
        await sender.announce(filename="a.exe"),
        await sender.announce(sha256="z" * 64),
        await sender.announce(bytes_len=-1),
    ]

    assert [
        (400, "FILE_EMPTY"),
        (413, "FILE_TOO_LARGE"),
        (415, "UNSUPPORTED_TYPE"),
        (415, "UNSUPPORTED_TYPE"),
        (422, "BAD_REQUEST"),
        (422, "BAD_REQUEST"),
    ] == [refusal(answer) for answer in answers]
    assert [] == await sender.pending()


async def test_known_bytes_need_no_url(house: House, sender: Sender) -> None:
    """Bytes that the user has uploaded already, either way, are answered with their ids and no URL."""
    first = await house.upload(NOTE, "first.md")
    known = await sender.announce(filename="second.md")

    assert (200, {**first, "duplicate": True}) == (known.status_code, known.json())
    assert [] == await sender.pending()


async def test_same_bytes_keep_their_ids_until_they_arrive(sender: Sender) -> None:
    """Announced twice, a file has two URLs and one job; once it has arrived, announcing it again finds it."""
    first, second = [(await sender.announce(filename=name)).json() for name in ("a.md", "b.md")]
    await sender.put(first["signed_url"])
    third = await sender.announce()
    again = await sender.put(second["signed_url"])

    assert first["job_id"] == second["job_id"] == third.json()["job_id"]
    assert (200, True) == (third.status_code, third.json()["duplicate"])
    assert 400 == again
    assert [first["job_id"]] == await sender.jobs()


async def test_url_cannot_change_a_file_that_was_taken(house: House, sender: Sender) -> None:
    """After the file was taken its URL is of no use: the bytes stay those that were verified."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    await sender.complete(ticket["document_id"])
    status = await sender.put(ticket["signed_url"], WRONG)
    async with house.worker():
        job = await house.ended(ticket["job_id"])

    assert (400, "complete") == (status, job["status"])


@pytest.mark.fault(
    "I6",
    "fifty completions of one upload by signed URL at once, from two processes",
    "one document, one job",
    "S11",
)
async def test_fifty_at_once_make_one_job(house: House, sender: Sender) -> None:
    """However many say at once that the file is there, from two processes, one job is queued and all get its ids."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    async with house.services() as other:
        calls = [sender.complete(ticket["document_id"]) for _ in range(40)]
        elsewhere = [complete_upload(other, sender.user, UUID(ticket["document_id"])) for _ in range(10)]
        answers, receipts = await asyncio.gather(asyncio.gather(*calls), asyncio.gather(*elsewhere))

    outcomes = Counter([answer.json()["duplicate"] for answer in answers] + [each.duplicate for each in receipts])
    jobs = {answer.json()["job_id"] for answer in answers} | {str(each.job_id) for each in receipts}
    assert ({False: 1, True: 49}, {ticket["job_id"]}) == (outcomes, jobs)
    assert {202, 200} >= {answer.status_code for answer in answers}
    assert [ticket["job_id"]] == await sender.jobs()


async def test_file_is_finished_without_its_sender(house: House, sender: Sender) -> None:
    """A client that dies after its PUT loses nothing: a worker finds the file and takes it all the way."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    await sender.change(DUE)
    async with house.worker():
        async with asyncio.timeout(30):
            while await sender.pending():
                await asyncio.sleep(0.02)
        job = await house.ended(ticket["job_id"])

    assert ("complete", 200) == (job["status"], (await sender.complete(ticket["document_id"])).status_code)


async def test_wrong_file_that_a_worker_met_first(house: House, sender: Sender) -> None:
    """When a worker has removed a wrong file, the sender is told so, and can send the right one to the same URL."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"], WRONG)
    await sender.change(DUE)
    async with house.worker(), asyncio.timeout(30):
        while await sender.stored():
            await asyncio.sleep(0.02)

    assert (422, "UPLOAD_MISMATCH") == refusal(await sender.complete(ticket["document_id"]))
    assert 200 == await sender.put(ticket["signed_url"])
    assert 202 == (await sender.complete(ticket["document_id"])).status_code


async def test_uploads_whose_time_is_over(house: House, sender: Sender) -> None:
    """After its time and a grace an upload is forgotten: a wrong file goes with it, a right one is still taken."""
    right, wrong = (await sender.announce()).json(), (await sender.announce(b"something else", "b.txt")).json()
    await sender.announce(b"never sent", "c.txt")
    await sender.put(right["signed_url"])
    await sender.put(wrong["signed_url"], b"something els!")
    await sender.change(OVER)
    async with house.worker(), asyncio.timeout(30):
        while await sender.pending():
            await asyncio.sleep(0.02)

    assert [right["job_id"]] == await sender.jobs()
    assert [f"{right['document_id']}.upload"] == await sender.stored()
    assert (404, "NOT_FOUND") == refusal(await sender.complete(wrong["document_id"]))


async def test_upload_belongs_to_its_user(sender: Sender) -> None:
    """For another user an announced upload does not exist, and neither does one that nobody announced."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    stranger = {"X-User-Id": str(uuid4())}

    assert (404, "NOT_FOUND") == refusal(await sender.complete(ticket["document_id"], headers=stranger))
    assert (404, "NOT_FOUND") == refusal(await sender.complete(str(uuid4())))
    assert (404, "NOT_FOUND") == refusal(await sender.complete("no-id"))
    assert 202 == (await sender.complete(ticket["document_id"])).status_code


async def test_file_that_came_by_the_other_way_meanwhile(house: House, sender: Sender) -> None:
    """When the API took the same bytes before the URL was used, they are one document, and the second copy goes."""
    ticket = (await sender.announce()).json()
    uploaded = await house.upload(NOTE, "note.md")
    await sender.put(ticket["signed_url"], WRONG)
    completed = await sender.complete(ticket["document_id"])

    assert (200, {**uploaded, "duplicate": True}) == (completed.status_code, completed.json())
    assert ([f"{uploaded['document_id']}.md"], []) == (await sender.stored(), await sender.pending())


async def test_late_announcement_never_harms_the_document(house: House, sender: Sender) -> None:
    """An announcement that was written down a moment after the file was taken is forgotten; the file stays."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    await sender.complete(ticket["document_id"])
    await house.rows(LATE, sender.user)
    again = await sender.complete(ticket["document_id"])

    assert (200, ticket["job_id"], []) == (again.status_code, again.json()["job_id"], await sender.pending())
    assert [f"{ticket['document_id']}.upload"] == await sender.stored()


async def test_remains_of_a_deleted_document_are_told_from_the_file_that_was_sent_anew(
    house: House, sender: Sender
) -> None:
    """A worker that was late for a deletion clears up after itself, and leaves what was announced since."""
    first = await house.upload(NOTE, "note.md")
    await house.api.delete(f"/documents/{first['document_id']}")
    ticket = (await sender.announce()).json()
    status = await sender.put(ticket["signed_url"])
    async with house.services() as services:
        await clear_remains(services, sender.user, UUID(ticket["document_id"]))
    answer = await sender.complete(ticket["document_id"])

    assert (200, 202) == (status, answer.status_code), answer.text


async def test_look_that_died_is_taken_over(sender: Sender) -> None:
    """A file whose examiner died is examined by the next one once the lease has run out."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    await sender.change(ABANDONED)

    assert 202 == (await sender.complete(ticket["document_id"])).status_code
    assert [ticket["job_id"]] == await sender.jobs()


@pytest.mark.fault(
    "T1",
    "the storage is away while an upload by signed URL is completed",
    "told with a code; the same call succeeds afterwards",
    "S11, L1",
)
async def test_storage_that_is_away_is_told_and_nothing_is_lost(house: House, sender: Sender) -> None:
    """While the storage does not answer, completing is a matter of waiting, and works afterwards."""
    ticket = (await sender.announce()).json()
    await sender.put(ticket["signed_url"])
    away = house.settings.storage.model_copy(update={"url": "http://127.0.0.1:9"})
    async with open_services(house.settings.model_copy(update={"storage": away}), "test-services") as services:
        with pytest.raises(Exception, match="STORAGE_UNAVAILABLE"):
            await complete_upload(services, sender.user, UUID(ticket["document_id"]))

    assert 202 == (await sender.complete(ticket["document_id"])).status_code


async def test_place_of_a_file_is_made_of_ids(sender: Sender) -> None:
    """No part of the name that was told gets into the storage, and the name itself is made harmless."""
    ticket = (await sender.announce(filename="../../x\x00\u202e.md")).json()
    (row,) = await sender.pending()
    bucket, key = split_path(row["raw_path"])

    assert ("raw", f"{sender.user}/{ticket['document_id']}.upload") == (bucket, key)
    assert "x.md" == row["filename"]
