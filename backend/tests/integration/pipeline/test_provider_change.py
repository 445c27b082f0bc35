"""Another provider, or other options, under documents that are there or under way: nothing is mixed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from backend.tests.simulators import WELL, Simulator, ends, new_word, page

from accessa.domain.errors import RecoverableError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.services import Services

from .stops import buy_first_batch, stopping

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

TEXT = b"# Words\n\nThe keeper lights the lamp an hour before dusk.\n"


@pytest.fixture
async def parser(outside: Outside) -> AsyncIterator[Simulator]:
    """The parse simulator, which parses at once before and after."""
    simulator = Simulator(outside, "llamaparse")
    await simulator.play(delay=0)
    await simulator.begin()
    yield simulator
    await simulator.play(delay=0)


async def labels(house: House) -> set[tuple[str, str]]:
    """Return who made what is live."""
    rows = await house.rows(
        "SELECT 'text' AS part, s.provider FROM upload_pipeline.chunk_sets s"
        " UNION SELECT 'vectors', provider FROM upload_pipeline.document_vectors"
        " UNION SELECT 'call', provider FROM upload_pipeline.events WHERE type = 'paid_recorded'"
    )
    return {(row["part"], row["provider"]) for row in rows}


async def test_every_row_says_who_made_it(house: House) -> None:
    """Text that was text already is our own; what a simulator parsed or embedded bears its name."""
    jobs = {
        "text": (await house.upload(TEXT, "a.md"))["job_id"],
        "page": (await house.upload(page(new_word()), "a.html"))["job_id"],
    }
    async with house.worker():
        await ends(house, jobs)

    assert {
        ("text", "accessa"),
        ("text", "mock-llamaparse"),
        ("vectors", "mock-openai"),
        ("call", "mock-llamaparse"),
        ("call", "mock-openai"),
    } == await labels(house)


async def test_vectors_of_another_provider_are_never_searched_and_are_bought_anew(house: House) -> None:
    """After a change of the provider the old vectors are skipped; uploading again replaces them as a whole."""
    first = await house.upload(TEXT, "a.md")
    async with house.worker():
        await house.ended(first["job_id"])
    await house.rows("INSERT INTO upload_pipeline.providers (provider) VALUES ('openai@elsewhere.example.org')")
    await house.rows("UPDATE upload_pipeline.document_vector_buffer SET provider = 'openai@elsewhere.example.org'")
    await house.rows("UPDATE upload_pipeline.documents SET live_embed_provider = 'openai@elsewhere.example.org'")
    before = (await house.api.post("/search", json={"query": "lamp", "limit": 1})).json()
    second = await house.upload(TEXT, "a.md")
    async with house.worker():
        job = await house.ended(second["job_id"])
    after = (await house.api.post("/search", json={"query": "lamp", "limit": 1})).json()
    third = await house.upload(TEXT, "a.md")

    assert (0, 1, []) == (before["documents_searched"], before["documents_skipped"], before["results"])
    assert (False, "complete", first["job_id"]) == (second["duplicate"], job["status"], job["retry_of"])
    assert (1, 1) == (after["documents_searched"], len(after["results"]))
    assert ("vectors", "mock-openai") in await labels(house)
    assert (True, second["job_id"]) == (third["duplicate"], third["job_id"])


async def test_a_parse_under_other_options_is_asked_for_anew(house: House, parser: Simulator) -> None:
    """A worker that comes back with other options in the middle of a parse does not take the old result for theirs."""
    await parser.play(delay=600)
    jobs = {"page": (await house.upload(page(new_word()), "a.html"))["job_id"]}
    async with house.worker():
        await house.until(jobs["page"], lambda job: job["status"] == "parse_queued")
    [old] = await house.rows("SELECT options_sha, provider_job_id, locator FROM upload_pipeline.parse_runs")
    await parser.play(delay=0)
    await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now()")
    async with house.with_settings(parse={"tier": "agentic"}).worker():
        found = await ends(house, jobs)
    [new] = await house.rows("SELECT options_sha, provider_job_id, locator FROM upload_pipeline.parse_runs")

    assert {"page": WELL} == found
    assert [True, True, False] == [old[name] != new[name] for name in ("options_sha", "provider_job_id", "locator")]


async def stopped_at(house: House, status: Status) -> str:
    """Upload the text, have it walk until it would leave `status`, and give what it has to another provider."""
    job_id: str = (await house.upload(TEXT, "a.md"))["job_id"]

    async def stop(job: Job, services: Services) -> None:
        if job.status is Status.EMBEDDING_IN_PROGRESS:
            await buy_first_batch(job, services)
        raise RecoverableError("STORAGE_UNAVAILABLE")

    with stopping({status: stop}, {job_id: status}):
        async with house.worker():
            await house.until(job_id, lambda job: job["error"] is not None)
    await house.rows("INSERT INTO upload_pipeline.providers (provider) VALUES ('openai@elsewhere.example.org')")
    await house.rows("UPDATE upload_pipeline.document_vector_buffer SET provider = 'openai@elsewhere.example.org'")
    await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now()")
    return job_id


async def test_vectors_of_the_provider_before_are_bought_anew_on_the_way(house: House) -> None:
    """A worker that comes back with another provider in the middle of embedding buys a whole set of that one."""
    job_id = await stopped_at(house, Status.EMBEDDING_IN_PROGRESS)
    async with house.worker():
        job = await house.ended(job_id)
    found = (await house.api.post("/search", json={"query": "lamp", "limit": 1})).json()

    assert ("complete", 1, 1) == (job["status"], found["documents_searched"], len(found["results"]))
    assert ("vectors", "mock-openai") in await labels(house)


async def test_a_document_is_never_published_under_a_provider_that_did_not_make_it(house: House) -> None:
    """When the provider changes at the last step, search counts the document as skipped; an upload makes it anew."""
    job_id = await stopped_at(house, Status.EMBEDDINGS_STORED)
    async with house.worker():
        await house.ended(job_id)
    skipped = (await house.api.post("/search", json={"query": "lamp", "limit": 1})).json()["documents_skipped"]
    again = await house.upload(TEXT, "a.md")

    assert (1, False) == (skipped, again["duplicate"])
