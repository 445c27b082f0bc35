"""Faults of the object storage: what passes is waited out, what does not is told, and nobody is paid for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from backend.tests.faults.storage_relay import Fault, StorageRelay, altered, cut, page_of_a_proxy, refusal, shortened
from backend.tests.house import JWT_SECRET, served
from backend.tests.simulators import WELL, End, Simulator, ends, new_word, page

from accessa.domain.addresses import trust_for

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

MISSING = refusal(404, "NoSuchKey", http_status=400)
FOR_EVER = 100

# Name of the fault: what the storage answers when the file is fetched, and how its document ends.
DOWNLOADS: dict[str, tuple[list[Fault], End]] = {
    "none": ([], WELL),
    "T1 500": ([refusal(500, "InternalError")], WELL),
    "T1 503": ([refusal(503, "SlowDown", retry_after="1")], WELL),
    "T1 544": ([refusal(544, "DatabaseTimeout")], WELL),
    "T1 544 under 400": ([refusal(544, "DatabaseTimeout", http_status=400)], WELL),
    "T1 429": ([refusal(429, "TooManyRequests")], WELL),
    "T1 423": ([refusal(423, "ResourceLocked")], WELL),
    "T1 page of a proxy": ([page_of_a_proxy] * 2, WELL),
    "T2 found at the third look": ([MISSING] * 2, End("complete", None, 2)),
    "T2 never found": ([MISSING] * FOR_EVER, End("failed_parse", "SOURCE_MISSING", 2)),
    "T3 cut": ([cut], WELL),
    "T3 a byte short": ([shortened], End("complete", None, 1)),
    "T3 altered": ([altered], End("complete", None, 1)),
    "T3 altered for ever": ([altered] * FOR_EVER, End("failed_parse", "SOURCE_CORRUPT", 3)),
}


@pytest.fixture
async def parser(outside: Outside) -> Simulator:
    """The parse simulator's bill."""
    simulator = Simulator(outside, "llamaparse")
    await simulator.play(delay=0)
    await simulator.begin()
    return simulator


@pytest.mark.fault(
    "T1", "the storage answers 5xx, 544, 429 or 423", "waited out with growing pauses; no attempt counts", "S16, L1"
)
@pytest.mark.fault("T2", "the file is not in the storage", "SOURCE_MISSING after three looks", "S14")
@pytest.mark.fault(
    "T3",
    "the file comes cut short or altered",
    "fetched again, then SOURCE_CORRUPT; the parser never sees a wrong byte",
    "S10, S14",
)
async def test_a_file_that_cannot_be_fetched_is_never_bought(house: House, parser: Simulator) -> None:
    """T1 to T3: outages pass, wrong and missing bytes are looked at again, then told; only whole files are bought."""
    relay = StorageRelay(house.outside.storage)
    jobs = {}
    for name, (faults, _) in DOWNLOADS.items():
        accepted = await house.upload(page(new_word()), "page.html")
        jobs[name] = accepted["job_id"]
        relay.play(accepted["document_id"], faults)
    await house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 3")
    with served(relay.app) as address:
        async with house.with_settings(storage={"url": address}).worker(jobs_at_once=8):
            found = await ends(house, jobs)

    assert {name: end for name, (_, end) in DOWNLOADS.items()} == found
    assert (sum(end.status == "complete" for end in found.values()), 0) == await parser.billed()


@pytest.mark.fault("T1", "the storage answers later than it may", "given up in time and asked again", "S16, L1")
async def test_a_storage_that_does_not_answer_is_asked_again(house: House) -> None:
    """T1: a request that hangs is given up after its time, no attempt is counted, and the document completes."""
    accepted = await house.upload(page(new_word()), "page.html")
    with served(_Silent()) as address:
        async with house.with_settings(storage={"url": address, "timeout_seconds": 0.2}).worker():
            waiting = await house.until(accepted["job_id"], lambda job: job["error"] is not None)
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("STORAGE_UNAVAILABLE", 0) == (waiting["error"]["code"], waiting["retry_count"])
    assert ("complete", 0) == (job["status"], job["retry_count"])


class _Silent:
    """A server that takes every request and answers none."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del send
        while scope["type"] == "http" and (await receive())["type"] != "http.disconnect":
            pass


async def test_uploading_again_mends_a_lost_file(house: House) -> None:
    """After SOURCE_MISSING the same upload stores the bytes again under the same ids, and a retry completes."""
    accepted = await house.upload(b"words that vanish", "a.txt")
    async with house.services() as services:
        [row] = await house.rows("SELECT raw_path FROM upload_pipeline.documents")
        await services.storage.delete([row["raw_path"]])
    async with house.worker():
        missing = await house.ended(accepted["job_id"])
        again = await house.upload(b"words that vanish", "a.txt")
        retried = (await house.api.post(f"/jobs/{accepted['job_id']}/retry")).json()
        job = await house.ended(retried["job_id"])

    assert ("failed_parse", "SOURCE_MISSING") == (missing["status"], missing["error"]["code"])
    assert (accepted["job_id"], True, "complete") == (again["job_id"], again["duplicate"], job["status"])


@pytest.mark.fault(
    "T3", "the stored file is not what was uploaded", "the same upload puts it right, and a retry completes", "S11"
)
async def test_uploading_again_mends_a_spoilt_file(house: House) -> None:
    """After SOURCE_CORRUPT the same upload puts the right bytes in their place, and a retry completes."""
    accepted = await house.upload(b"words that were right", "a.txt")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 2")
    async with house.services() as services:
        [row] = await house.rows("SELECT raw_path FROM upload_pipeline.documents")
        await services.storage.replace(row["raw_path"], b"words that are wrong!", content_type="text/plain")
    async with house.worker():
        spoilt = await house.ended(accepted["job_id"])
        await house.upload(b"words that were right", "a.txt")
        retried = (await house.api.post(f"/jobs/{accepted['job_id']}/retry")).json()
        job = await house.ended(retried["job_id"])

    assert ("failed_parse", "SOURCE_CORRUPT") == (spoilt["status"], spoilt["error"]["code"])
    assert "complete" == job["status"]


@pytest.mark.fault(
    "T5", "a signed URL expires before it is used", "refused; announced again, a new one is signed", "L1"
)
async def test_an_expired_url_is_signed_again(house: House) -> None:
    """T5: the storage refuses the old URL, the same announcement gives a new one under the same ids, and it serves."""
    text = f"# Cover\n\n{new_word()}\n".encode()
    told = {"filename": "a.md", "bytes_len": len(text), "mime": "", "sha256": hashlib.sha256(text).hexdigest()}
    first = (await house.api.post("/documents/uploads", json=told)).json()
    async with httpx.AsyncClient(verify=trust_for(house.outside.storage)) as plain:
        refused = await plain.put(_expired(first["signed_url"]), content=text)
        second = (await house.api.post("/documents/uploads", json=told)).json()
        taken = await plain.put(second["signed_url"], content=text)
    await house.api.post(f"/documents/uploads/{second['document_id']}/complete")
    async with house.worker():
        job = await house.ended(second["job_id"])

    assert (400, 200, "complete") == (refused.status_code, taken.status_code, job["status"])
    assert [first["document_id"], first["job_id"]] == [second["document_id"], second["job_id"]]


def _expired(url: str) -> str:
    """Return the URL with a token whose time is over, signed as the storage signs."""
    place, token = url.split("?token=")
    claims = jwt.decode(token, JWT_SECRET, algorithms=["HS256"])
    return f"{place}?token={jwt.encode(claims | {'exp': 1}, JWT_SECRET, algorithm='HS256')}"
