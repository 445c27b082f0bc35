"""An API process is killed at each of its failpoints; the caller asks again elsewhere, and nothing is lost or twice."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import pytest_asyncio
from backend.tests.faults.processes import KILLED, Processes, started_in
from backend.tests.house import WEBHOOK_SECRET, House
from backend.tests.integration.pipeline.remains import codes, copies, objects
from backend.tests.simulators import new_word, page

from accessa.domain.addresses import trust_for
from accessa.domain.signatures import bearer_of, sign

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPLOADS = ["upload.after_object_before_row", "upload.before_commit", "upload.after_row_before_response"]
ANNOUNCEMENTS = ["announce.after_url_before_row", "announce.after_row_before_response"]
COMPLETIONS = [
    "complete_upload.after_claim",
    "complete_upload.before_commit",
    "complete_upload.after_row_before_response",
]
REFUSALS = ["complete_upload.after_refusal_before_removal"]
RETRIES = {"retry.before_commit": 202, "retry.after_commit": 409}
DELETIONS = {
    "delete.before_commit": 200,
    "delete.after_rows_before_objects": 200,
    "delete.after_objects_before_copies": 200,
    "delete.after_copies_before_record": 200,
    "delete.after_record_before_response": 404,
}
WEBHOOKS = {"webhook.before_commit": 0, "webhook.after_commit": 1}
# A webhook that counts must not come after a look that has found the result already.
_POLL_SECONDS = {"webhook.before_commit": 0.3, "webhook.after_commit": 15}
POINTS = {*UPLOADS, *ANNOUNCEMENTS, *COMPLETIONS, *REFUSALS, *RETRIES, *DELETIONS, *WEBHOOKS}

_JOBS = "SELECT job_id FROM upload_pipeline.upload_jobs WHERE document_id = $1 ORDER BY created_at"
_ROWS = (
    "SELECT (SELECT count(*) FROM upload_pipeline.documents WHERE document_id = $1)"
    " + (SELECT count(*) FROM upload_pipeline.upload_jobs WHERE document_id = $1)"
    " + (SELECT count(*) FROM upload_pipeline.document_vector_buffer WHERE document_id = $1) AS left"
)
_EVENTS_AGE = "UPDATE upload_pipeline.events SET ts = ts - interval '1 hour' WHERE document_id = $1"
_CLAIM_ENDS = "UPDATE upload_pipeline.pending_uploads SET available_at = now() WHERE document_id = $1"


@dataclass
class Place:
    """A house whose API lives on, and the means to start another one that does not."""

    house: House
    processes: Processes

    async def dies(self, point: str, method: str, path: str, **request: Any) -> None:
        """Send a request to an API that dies at the point, and see it die."""
        child = self.processes.api(self.house.settings, f"{point}=kill")
        async with httpx.AsyncClient(
            base_url=child.address, headers=self.house.api.headers, verify=trust_for(child.address)
        ) as api:
            with pytest.raises(httpx.TransportError):
                await api.request(method, path, **request)
        assert KILLED == await child.exit_code()

    async def jobs(self, document: str) -> list[str]:
        """Return the jobs of a document."""
        return [str(row["job_id"]) for row in await self.house.rows(_JOBS, UUID(document))]

    async def announced(self, content: bytes, sent: bytes) -> dict[str, Any]:
        """Announce a file and send bytes to its URL."""
        told = _told(content)
        ticket: dict[str, Any] = (await self.house.api.post("/documents/uploads", json=told)).json()
        async with httpx.AsyncClient(verify=trust_for(self.house.outside.storage)) as plain:
            assert 200 == (await plain.put(ticket["signed_url"], content=sent)).status_code
        return ticket


def _told(content: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"filename": "a.md", "bytes_len": len(content), "mime": "", "sha256": sha256}


async def delivered_again(house: House, job: str) -> dict[str, Any]:
    """Deliver the webhook of a job once more, under the number that it had if it was recorded; return the answer."""
    told = [event["payload"] for event in await house.events(job) if event["code"] == "PARSE_NOTIFIED"]
    number = told[0]["delivery_key"] if told else str(uuid4())
    [run] = await house.rows("SELECT locator FROM upload_pipeline.parse_runs WHERE job_id = $1", UUID(job))
    body = orjson.dumps({"event_id": number, "event_type": "parse.success"})
    headers = {
        "Authorization": f"Bearer {bearer_of(WEBHOOK_SECRET, run['locator'])}",
        "Content-Type": "application/json",
        "LC-Signature": sign(WEBHOOK_SECRET, body),
    }
    path = f"/webhooks/llamaparse/{run['locator']}"
    answer: dict[str, Any] = (await house.api.post(path, content=body, headers=headers)).json()
    return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One house for all deaths."""
    with started_in(tmp_path_factory.mktemp("killed")) as processes:
        yield Place(shared_house, processes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ended(place: Place) -> dict[str, dict[str, Any]]:
    """Documents at their end before an API dies on them: a complete one a deletion, a failed one a retry."""
    house = place.house
    accepted = {point: await house.upload(page(new_word()), "a.html") for point in DELETIONS}
    accepted |= {point: await house.upload(b" " * number, "a.txt") for number, point in enumerate(RETRIES, 1)}
    async with house.worker():
        for answer in accepted.values():
            await house.ended(answer["job_id"])
    return accepted


@pytest.mark.fault(
    "K1", "kill -9 around the commit of an upload, before its answer", "the same upload gets the same ids", "S11, L1"
)
@pytest.mark.parametrize("point", UPLOADS)
async def test_an_upload_is_repeated_with_the_same_ids(place: Place, point: str) -> None:
    """The uploader that got no answer asks again: there is one document, one job, and the file is there."""
    file = {"file": ("a.txt", new_word().encode())}
    await place.dies(point, "POST", "/documents", files=file)
    answer = await place.house.api.post("/documents", files=file)
    accepted = answer.json()

    was_stored = point == "upload.after_row_before_response"
    assert (200 if was_stored else 202, was_stored) == (answer.status_code, accepted["duplicate"])
    assert [accepted["job_id"]] == await place.jobs(accepted["document_id"])
    assert 1 == len(await objects(place.house, accepted["document_id"]))


@pytest.mark.parametrize("point", ANNOUNCEMENTS)
async def test_an_announcement_is_repeated(place: Place, point: str) -> None:
    """Whoever got no upload URL is given another one, and the file sent there is queued."""
    content = new_word().encode()
    await place.dies(point, "POST", "/documents/uploads", json=_told(content))
    ticket = await place.announced(content, content)
    answer = await place.house.api.post(f"/documents/uploads/{ticket['document_id']}/complete")

    assert (202, [ticket["job_id"]]) == (answer.status_code, await place.jobs(ticket["document_id"]))


@pytest.mark.parametrize("point", COMPLETIONS)
async def test_a_completion_is_repeated_with_the_same_ids(place: Place, point: str) -> None:
    """The job that was promised with the URL is queued once, whatever dies while the file is checked."""
    content = new_word().encode()
    ticket = await place.announced(content, content)
    path = f"/documents/uploads/{ticket['document_id']}/complete"
    await place.dies(point, "POST", path)
    await place.house.rows(_CLAIM_ENDS, UUID(ticket["document_id"]))
    answer = await place.house.api.post(path)

    assert ticket["job_id"] == answer.json()["job_id"]
    assert [ticket["job_id"]] == await place.jobs(ticket["document_id"])


@pytest.mark.parametrize("point", REFUSALS)
async def test_a_refusal_is_told_and_carried_out_by_the_next(place: Place, point: str) -> None:
    """A wrong file whose refusal was cut short is refused again and removed; nothing is queued."""
    content = new_word().encode()
    ticket = await place.announced(content, b"x" * len(content))
    path = f"/documents/uploads/{ticket['document_id']}/complete"
    await place.dies(point, "POST", path)
    await place.house.rows(_CLAIM_ENDS, UUID(ticket["document_id"]))
    answer = await place.house.api.post(path)

    assert (422, "UPLOAD_MISMATCH") == (answer.status_code, answer.json()["error"]["code"])
    assert ([], []) == (
        await objects(place.house, ticket["document_id"]),
        await place.jobs(ticket["document_id"]),
    )


@pytest.mark.parametrize("point", RETRIES)
async def test_a_retry_opens_one_job(place: Place, ended: dict[str, dict[str, Any]], point: str) -> None:
    """A retry without an answer is asked for again: it opens the one job, or says that it is open already."""
    path = f"/jobs/{ended[point]['document_id']}/retry"
    await place.dies(point, "POST", path)
    answer = await place.house.api.post(path)

    assert (RETRIES[point], 2) == (answer.status_code, len(await place.jobs(ended[point]["document_id"])))


@pytest.mark.parametrize("point", DELETIONS)
async def test_a_deletion_is_finished_by_the_next_call(
    place: Place, ended: dict[str, dict[str, Any]], point: str
) -> None:
    """A deletion cut short anywhere is finished by the next call: no row, no file and no copy is left."""
    document = ended[point]["document_id"]
    await place.dies(point, "DELETE", f"/documents/{document}")
    await place.house.rows(_EVENTS_AGE, UUID(document))
    answer = await place.house.api.delete(f"/documents/{document}")
    [rows] = await place.house.rows(_ROWS, UUID(document))

    assert DELETIONS[point] == answer.status_code
    assert (0, [], (0, 0)) == (rows["left"], await objects(place.house, document), await copies(place.house, document))
    assert "DOCUMENT_DELETED" == (await codes(place.house, document))[-1]


@pytest.mark.fault(
    "K4",
    "kill -9 in the webhook's handler, before and after its commit",
    "a look at the parse finds its result, taken once; the delivery that comes again changes nothing",
    "S13, L7",
)
@pytest.mark.parametrize("point", WEBHOOKS)
async def test_a_parse_is_collected_without_its_webhook(place: Place, point: str) -> None:
    """A webhook that meets its death is no loss: the parse is looked for, and its result taken once."""
    child = place.processes.api(place.house.settings, f"{point}=kill")
    house = place.house.with_settings(api={"public_url": child.address}, parse={"poll_seconds": _POLL_SECONDS[point]})
    stranger, trust = {"X-User-Id": str(uuid4())}, trust_for(str(house.api.base_url))
    file = {"file": ("a.html", page(new_word()))}
    job = (await place.house.api.post("/documents", files=file, headers=stranger)).json()["job_id"]
    async with house.worker(jobs_at_once=20):
        assert KILLED == await child.exit_code()
        async with httpx.AsyncClient(base_url=house.api.base_url, headers=stranger, verify=trust) as api:
            own = house.seen_with(api)
            assert "complete" == (await own.ended(job))["status"]
            again = await delivered_again(own, job)
            events = await own.events(job)

    assert {"received": True} == again
    assert 1 == [event["to_status"] for event in events].count("parsed")
    assert WEBHOOKS[point] == [event["type"] for event in events].count("webhook_accepted")
