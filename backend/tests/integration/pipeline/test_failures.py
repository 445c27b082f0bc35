"""What a failure costs: no text, no second purchase, no attempt that was not made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from accessa.domain.addresses import trust_for

if TYPE_CHECKING:
    from backend.tests.house import House


async def test_a_western_text_keeps_its_pound_signs(house: House) -> None:
    """A short text in Windows-1252 with a few signs above ASCII is read as what it most likely is."""
    accepted = await house.upload(
        "The excess is 300 £ for each claim of a household, “no more” than that.".encode("cp1252"), "old.txt"
    )
    async with house.worker():
        await house.ended(accepted["job_id"])

    [row] = await house.rows("SELECT text FROM upload_pipeline.document_chunks")
    assert "300 £ for each claim of a household, “no more”" in row["text"]


async def test_a_retry_uses_what_was_paid_for(house: House, samples: Path) -> None:
    """The new job of a document that failed while embedding does not buy its parse again."""
    accepted = await house.upload((samples / "samples/travel-insurance-certificate.pdf").read_bytes(), "t.pdf")
    right = house.settings
    wrong = right.openai.model_copy(update={"base_url": f"{house.outside.llamaparse}/no-such-place"})
    house.settings = right.model_copy(update={"openai": wrong})
    async with house.worker():
        failed = await house.ended(accepted["job_id"])
    house.settings = right
    retried = (await house.api.post(f"/jobs/{accepted['job_id']}/retry")).json()
    async with house.worker():
        job = await house.ended(retried["job_id"])

    assert ("failed_embedding", "complete") == (failed["status"], job["status"])
    parses = await house.rows("SELECT job_id FROM upload_pipeline.provider_calls WHERE operation = 'parse'")
    assert [accepted["job_id"]] == [str(row["job_id"]) for row in parses]
    assert accepted["job_id"] == job["retry_of"]


async def test_a_job_that_did_not_fail_is_not_retried(house: House) -> None:
    """Retrying a job that is under way is refused with a plain sentence."""
    accepted = await house.upload(b"words", "a.txt")
    response = await house.api.post(f"/jobs/{accepted['job_id']}/retry")

    assert (409, "JOB_NOT_FAILED") == (response.status_code, response.json()["error"]["code"])


async def test_an_outage_of_the_embedding_provider_uses_up_no_attempt(house: House) -> None:
    """While the provider is away the job waits; when it is back the job completes by itself."""
    accepted = await house.upload(b"# Cover\n\nstorm and flood\n", "a.md")
    right = house.settings
    house.settings = right.model_copy(
        update={"openai": right.openai.model_copy(update={"base_url": "http://127.0.0.1:9/v1"})}
    )
    async with house.worker():
        waiting = await house.until(accepted["job_id"], lambda job: job["error"] is not None)
    house.settings = right
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("EMBED_UNAVAILABLE", 0) == (waiting["error"]["code"], waiting["retry_count"])
    assert ("complete", None, 0) == (job["status"], job["error"], job["retry_count"])


async def test_passing_errors_are_tried_again_and_counted(house: House) -> None:
    """A provider that fails now and then is asked again, which is told, and every vector comes in the end."""
    async with httpx.AsyncClient(base_url=house.outside.openai, verify=trust_for(house.outside.openai)) as control:
        # With the seed the simulator counts its calls anew, and of these the first and the third fail.
        await control.patch("/_control", json={"failure_rate": 0.5, "seed": 378})
        try:
            text = "\n\n".join(f"# Section {number}\n\n" + f"clause {number} on damage " * 30 for number in range(40))
            accepted = await house.upload(text.encode(), "long.md")
            async with house.worker():
                job = await house.ended(accepted["job_id"])
        finally:
            await control.patch("/_control", json={"failure_rate": 0})

    events = await house.events(accepted["job_id"])
    counted = [event for event in events if event["type"] == "error" and event["payload"]["counted"]]
    assert ("complete", job["chunks"], len(counted)) == (job["status"], job["vectors"], job["retry_count"])
    assert "EMBED_REPEATED" in {event["code"] for event in events}


async def test_a_stopped_worker_hands_its_job_back_unharmed(house: House, samples: Path) -> None:
    """Stopping in the middle burns no attempt, counts no crash, and leaves the job to the next worker at once."""
    accepted = await house.upload((samples / "samples/home-insurance-policy.pdf").read_bytes(), "h.pdf")
    async with house.worker(drain_seconds=0):
        await house.until(accepted["job_id"], lambda job: job["status"] != "uploaded")
    [row] = await house.rows("SELECT lease_owner, crash_count, retry_count FROM upload_pipeline.upload_jobs")
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert (None, 0, 0) == tuple(row)
    assert "complete" == job["status"]


async def test_a_document_that_kills_its_workers_ends_as_such(house: House) -> None:
    """After too many deaths without progress the job fails as WORKER_CRASHED instead of going round for ever."""
    accepted = await house.upload(b"words", "a.txt")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET crash_count = 3, lease_owner = 'a dead worker'")
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("failed_parse", "WORKER_CRASHED") == (job["status"], job["error"]["code"])


async def test_no_text_or_name_of_a_document_reaches_events_and_errors(house: House) -> None:
    """Events and errors hold ids, counts and codes; neither the text nor the file's name."""
    accepted = await house.upload(b"# FIXTURE-SENTINEL\n\nFIXTURE-SENTINEL text\n", "FIXTURE-SENTINEL.md")
    async with house.worker():
        await house.ended(accepted["job_id"])

    stored: list[Any] = await house.rows(
        "SELECT 1 FROM upload_pipeline.events WHERE payload::text LIKE '%FIXTURE-SENTINEL%'"
        " UNION ALL SELECT 1 FROM upload_pipeline.upload_jobs j WHERE j::text LIKE '%FIXTURE-SENTINEL%'"
    )
    assert [] == stored
