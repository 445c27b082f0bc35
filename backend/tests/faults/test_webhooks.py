"""Webhooks: verified on the raw bytes, recorded once, never believed, and never needed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from backend.tests.integration.pipeline.remains import another_api, turned_to
from backend.tests.simulators import WELL, Simulator, ends, new_word, page
from pydantic import SecretStr

from accessa.apps.api import webhooks
from accessa.domain.addresses import trust_for
from accessa.domain.signatures import bearer_of, sign

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

SECRET = "webhook-secret-of-the-tests"
NEW_SECRET = "new-webhook-secret-of-the-tests"
MALFORMED = [b"", b"[]", b"7", b"{", b"\xff\xfe", b'"{"']


@pytest.fixture
async def slow_parser(outside: Outside) -> AsyncIterator[None]:
    """While a test runs, a parse takes far longer than the test."""
    async with httpx.AsyncClient(base_url=outside.llamaparse, verify=trust_for(outside.llamaparse)) as control:
        await control.patch("/_control", json={"delay": 600})
        yield
        await control.patch("/_control", json={"delay": 0})


@pytest.fixture
async def waiting(house: House, samples: Path, slow_parser: None) -> tuple[dict[str, Any], str]:
    """A PDF that waits in `parse_queued`, and the locator of its webhook."""
    del slow_parser
    content = (samples / "samples/travel-insurance-certificate.pdf").read_bytes()
    accepted = await house.upload(content + uuid4().bytes, "t.pdf")
    async with house.worker():
        await house.until(accepted["job_id"], lambda job: job["status"] == "parse_queued")
    [row] = await house.rows("SELECT locator FROM upload_pipeline.parse_runs")
    return accepted, row["locator"]


def delivery(kind: str = "parse.success", event: str | None = None) -> bytes:
    """Return the body of a webhook as the provider sends it."""
    return json.dumps({"event_id": event or str(uuid4()), "event_type": kind, "data": {"job_id": "pjb-x"}}).encode()


async def post(house: House, locator: str, body: bytes, signature: str | None, secret: str = SECRET) -> int:
    """Deliver a webhook and return the answer's status."""
    headers = {"Authorization": f"Bearer {bearer_of(secret, locator)}", "Content-Type": "application/json"}
    headers |= {"LC-Signature": signature} if signature else {}
    response = await house.api.post(f"/webhooks/llamaparse/{locator}", content=body, headers=headers)
    return response.status_code


async def accepted_deliveries(house: House) -> int:
    """Count the deliveries that were stored."""
    return len(await house.rows("SELECT 1 FROM upload_pipeline.webhook_deliveries"))


async def test_a_signed_delivery_makes_its_job_due(house: House, waiting: tuple[dict[str, Any], str]) -> None:
    """A webhook that comes while nobody owns the job lets it go on at once."""
    job, locator = waiting
    await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now() + interval '1 hour'")
    body = delivery()
    status = await post(house, locator, body, sign(SECRET, body))

    [row] = await house.rows("SELECT available_at <= now() AS due FROM upload_pipeline.upload_jobs")
    codes = [event["code"] for event in await house.events(job["job_id"])]
    assert (200, True, 1) == (status, row["due"], codes.count("PARSE_NOTIFIED"))


@pytest.mark.fault(
    "P7",
    "a delivery without the right signature over exactly its bytes",
    "401; nothing is stored",
    "S13",
)
async def test_a_delivery_that_is_not_signed_is_refused(house: House, waiting: tuple[dict[str, Any], str]) -> None:
    """Without the right signature over exactly these bytes nothing is stored and nothing moves."""
    _job, locator = waiting
    body = delivery()
    wrong = {
        "missing": None,
        "other secret": sign("another secret", body),
        "other body": sign(SECRET, body + b" "),
        "empty": "sha256=",
        "other form": sign(SECRET, body).upper(),
    }
    found = {name: await post(house, locator, body, signature) for name, signature in wrong.items()}

    assert (dict.fromkeys(wrong, 401), 0) == (found, await accepted_deliveries(house))


@pytest.mark.fault("P4", "the same delivery three times", "answered well each time, kept once", "S13")
async def test_the_same_delivery_counts_once(house: House, waiting: tuple[dict[str, Any], str]) -> None:
    """A provider that delivers twice, or a hundred times, is answered well and changes nothing more."""
    _job, locator = waiting
    body = delivery()
    statuses = [await post(house, locator, body, sign(SECRET, body)) for _ in range(3)]

    assert ([200, 200, 200], 1) == (statuses, await accepted_deliveries(house))


@pytest.mark.fault("P6", "news that a parse is under way", "answered well, ignored", "S1, S13")
@pytest.mark.fault(
    "P8",
    "a signed delivery to an unknown address",
    "answered like any other, so that nobody learns which addresses exist",
    "S12, S13",
)
async def test_news_of_the_way_and_unknown_addresses_change_nothing(
    house: House, waiting: tuple[dict[str, Any], str]
) -> None:
    """`parse.running`, an unknown locator and a strange event are answered alike, so nobody learns what exists."""
    _job, locator = waiting
    statuses = []
    for where, kind in ((locator, "parse.running"), ("unknown", "parse.success"), (locator, "extract.success")):
        body = delivery(kind)
        statuses.append(await post(house, where, body, sign(SECRET, body)))

    assert ([200, 200, 200], 0) == (statuses, await accepted_deliveries(house))


@pytest.mark.fault("P10", "the body is JSON inside a JSON string", "counts as the same delivery", "S13")
async def test_a_body_wrapped_into_a_string_is_understood(house: House, waiting: tuple[dict[str, Any], str]) -> None:
    """The provider's other output format, JSON inside a JSON string, counts as the same delivery."""
    _job, locator = waiting
    body = json.dumps(delivery().decode()).encode()

    assert 200 == await post(house, locator, body, sign(SECRET, body))
    assert 1 == await accepted_deliveries(house)


@pytest.mark.fault("P10", "a signed body that is no JSON object", "400; nothing is stored", "S13")
async def test_a_signed_body_of_another_form_is_refused(house: House) -> None:
    """Bytes that are no JSON object get a plain 400."""
    found = {}
    for body in MALFORMED:
        headers = {
            "LC-Signature": sign(SECRET, body),
            "Authorization": f"Bearer {bearer_of(SECRET, 'any')}",
            "Content-Type": "application/json",
        }
        response = await house.api.post("/webhooks/llamaparse/any", content=body, headers=headers)
        found[body] = (response.status_code, response.json()["error"]["code"])

    assert dict.fromkeys(MALFORMED, (400, "WEBHOOK_MALFORMED")) == found


@pytest.mark.fault(
    "P9",
    "a webhook of a megabyte, with and without a declared length",
    "413 before it is buffered",
    "L4",
)
async def test_an_oversized_body_is_refused_before_it_is_read(house: House) -> None:
    """A webhook larger than any real one is turned away with 413, with and without a declared length."""

    async def pieces() -> Any:
        for _ in range(100):
            yield b"x" * 10_000

    headers = {"Content-Type": "application/json"}
    declared = await house.api.post("/webhooks/llamaparse/any", content=b"x" * 1_000_000, headers=headers)
    streamed = await house.api.post("/webhooks/llamaparse/any", content=pieces(), headers=headers)

    assert [(413, "WEBHOOK_TOO_LARGE")] * 2 == [
        (answer.status_code, answer.json()["error"]["code"]) for answer in (declared, streamed)
    ]


@pytest.mark.fault("P3", "no webhook can reach us at all", "polling finishes the document", "L7")
async def test_without_any_webhook_the_poll_finishes_the_document(house: House, samples: Path) -> None:
    """A provider that never calls back is asked instead, and the document is complete all the same."""
    house.settings = house.settings.model_copy(
        update={"api": house.settings.api.model_copy(update={"public_url": "http://127.0.0.1:9"})}
    )
    accepted = await house.upload((samples / "samples/travel-insurance-certificate.pdf").read_bytes(), "t.pdf")
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("complete", 0) == (job["status"], await accepted_deliveries(house))


@pytest.mark.fault(
    "P5",
    "a cached result is announced before our books are written",
    "the delivery counts once the job lets go",
    "S13",
)
async def test_a_delivery_before_our_own_books_are_written_counts(house: House, samples: Path) -> None:
    """A cached result may be announced while its job is still `uploaded`: it is kept, and read when the job lets go."""
    house.settings = house.settings.model_copy(
        update={"parse": house.settings.parse.model_copy(update={"poll_seconds": 600, "poll_max_seconds": 600})}
    )
    content = (samples / "samples/travel-insurance-certificate.pdf").read_bytes()
    first = await house.upload(content + b"% one", "one.pdf")
    second = await house.upload(content + b"% two", "two.pdf")
    async with house.worker():
        ended = [await house.ended(accepted["job_id"]) for accepted in (first, second)]

    assert ["complete", "complete"] == [job["status"] for job in ended]
    assert await accepted_deliveries(house) >= 1
    assert 0 == sum(job["retry_count"] for job in ended)


async def test_a_delivery_while_the_job_is_uploaded_is_kept(house: House, waiting: tuple[dict[str, Any], str]) -> None:
    """Only a job that has passed its parse, or ended, has no use for the news."""
    _job, locator = waiting
    body = delivery()
    await house.rows("ALTER TABLE upload_pipeline.upload_jobs DISABLE TRIGGER USER")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET status = 'uploaded', lease_owner = 'w'")
    early = await post(house, locator, body, sign(SECRET, body))
    [run] = await house.rows("SELECT notified_at FROM upload_pipeline.parse_runs")

    assert (200, 1) == (early, await accepted_deliveries(house))
    assert run["notified_at"] is not None


@pytest.mark.fault("P9", "a webhook whose body comes drop by drop", "408 after its time; nothing is held for it", "L4")
async def test_a_body_that_never_ends_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that keeps a request open with a few bytes is told that it is too slow, however long it goes on."""
    monkeypatch.setattr(webhooks, "_BODY_SECONDS", 0.2)
    host, port = house.api.base_url.host, house.api.base_url.port
    head = f"POST /webhooks/llamaparse/any HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
    answer = await reader.readuntil(b"\r\n")
    writer.close()
    await writer.wait_closed()

    assert b"HTTP/1.1 408" == answer[:12]


@pytest.mark.fault(
    "O1",
    "the webhook secret is rotated: both are active, then the old one goes",
    "no good call is refused while both are active; afterwards the old secret opens nothing",
    "S13",
)
async def test_a_secret_is_rotated_without_a_refusal(house: House, waiting: tuple[dict[str, Any], str]) -> None:
    """O1: deliveries under either secret are taken while both are set, and only those of the new one later."""
    _job, locator = waiting
    statuses = []
    for active in (f"{NEW_SECRET},{SECRET}", NEW_SECRET):
        turned_to(house, "parse", webhook_secret=SecretStr(active))
        async with another_api(house) as api:
            for secret in (SECRET, NEW_SECRET):
                body = delivery()
                statuses.append(await post(house.seen_with(api), locator, body, sign(secret, body), secret))

    assert [200, 200, 401, 200] == statuses
    assert 3 == await accepted_deliveries(house)


@pytest.mark.fault(
    "O1", "the secret is rotated under parses that are under way", "all complete, none is lost", "S13, L1"
)
async def test_parses_under_way_outlive_a_rotation(house: House, outside: Outside) -> None:
    """O1: what was asked for under the old secret completes under the new one, by its webhook or by polling."""
    parser = Simulator(outside, "llamaparse")
    await parser.play(delay=1)
    jobs = {"old": (await house.upload(page(new_word()), "a.html"))["job_id"]}
    async with house.worker():
        await house.until(jobs["old"], lambda job: job["status"] == "parse_queued")
    await parser.play(delay=0)
    turned_to(house, "parse", webhook_secret=SecretStr(NEW_SECRET))
    jobs["new"] = (await house.upload(page(new_word()), "b.html"))["job_id"]
    async with house.worker():
        found = await ends(house, jobs)

    assert {"old": WELL, "new": WELL} == found
