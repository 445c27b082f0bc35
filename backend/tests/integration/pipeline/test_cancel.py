"""A job is cancelled at any moment: never half ended, never written to afterwards, and fit for a retry."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from backend.tests.house import served
from backend.tests.simulators import Simulator, ends, new_word, page

from accessa.domain.addresses import trust_for
from accessa.domain.job import Job
from accessa.domain.statuses import MOVES, Status, move_from
from accessa.pipeline.services import Services

from .gate import Gate
from .remains import states_of_parses, turned_to
from .stops import broken_stories, in_the_database, stopping

if TYPE_CHECKING:
    from backend.tests.house import House, Outside


async def cancel(house: House, subject: str) -> dict[str, Any]:
    """Cancel a job and return the answer."""
    response = await house.api.post(f"/jobs/{subject}/cancel")
    assert 200 == response.status_code, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def retried(house: House, jobs: list[str]) -> set[str]:
    """Retry jobs, and return how they ended."""
    new = [(await house.api.post(f"/jobs/{job}/retry")).json()["job_id"] for job in jobs]
    async with house.worker():
        return {end.status for end in (await ends(house, {job: job for job in new})).values()}


async def test_a_job_in_a_workers_hands_is_cancelled_at_every_stage(house: House, outside: Outside) -> None:
    """It ends as its stage's failure and its holder writes nothing more; a retry of all of them buys nothing twice."""
    parser, embedder = Simulator(outside, "llamaparse"), Simulator(outside, "openai")
    await parser.begin()
    await embedder.begin()
    jobs = {(await house.upload(page(new_word()), "a.html"))["job_id"]: move.source for move in MOVES}
    answers: dict[Status, dict[str, Any]] = {}

    async def cancelled(job: Job, _services: Services) -> None:
        answers[job.status] = await cancel(house, str(job.job_id))

    with stopping(dict.fromkeys(jobs.values(), cancelled), jobs):
        async with house.worker():
            ended = await ends(house, {job: job for job in jobs})
    stories = await broken_stories(house)
    bulk = (await house.api.post("/jobs/failed/retry", json={})).json()

    failures = {status: move_from(in_the_database(status)).fails_to for status in jobs.values()}

    assert {job: (failures[status], "JOB_CANCELLED", 0) for job, status in jobs.items()} == {
        job: (end.status, end.code, end.attempts) for job, end in ended.items()
    }
    assert {status: (failure, False) for status, failure in failures.items()} == {
        status: (answer["status"], answer["cancelled_before"]) for status, answer in answers.items()
    }
    assert ([], []) == (stories, bulk["jobs"])
    assert {"complete"} == await retried(house, list(jobs))
    assert ((len(jobs), 0), (len(jobs), 0)) == (await parser.billed(), await embedder.billed())


async def test_cancelling_at_random_moments_leaves_no_half_state(house: House, outside: Outside) -> None:
    """Whatever the workers do at that moment, a job ends cancelled or complete, and no page is parsed twice."""
    parser = Simulator(outside, "llamaparse")
    await parser.begin()
    jobs = [(await house.upload(page(new_word()), "a.html"))["job_id"] for _ in range(8)]

    async def cancel_sometime(job: str) -> int:
        looks = itertools.count()
        moment = random.randrange(12)
        await house.until(job, lambda _job: next(looks) >= moment)
        return (await house.api.post(f"/jobs/{job}/cancel")).status_code

    async with house.worker(jobs_at_once=3), house.worker(jobs_at_once=3):
        told = dict(zip(jobs, await asyncio.gather(*map(cancel_sometime, jobs)), strict=True))
        found = await ends(house, {job: job for job in jobs})
    failed = [job for job, status in told.items() if status == 200]

    assert {job: "JOB_CANCELLED" if told[job] == 200 else None for job in jobs} == {j: e.code for j, e in found.items()}
    assert [] == await broken_stories(house)
    assert {"complete"} >= await retried(house, failed)
    assert (len(jobs), 0) == await parser.billed()


@asynccontextmanager
async def held(house: House, group: str, gate: Gate, path: str = "") -> AsyncIterator[None]:
    """Run a worker whose calls to a provider go through a gate, until one is held there; go on after the block."""
    with served(gate.app) as address:
        turned_to(house, group, base_url=f"{address}{path}")
        async with house.worker(), gate.passed():
            yield


async def test_a_parse_that_is_accepted_too_late_is_called_off(house: House, outside: Outside) -> None:
    """The job was cancelled while the provider answered: the worker that gets the answer calls the parse off."""
    simulator = Simulator(outside, "llamaparse")
    await simulator.begin()
    await simulator.play(delay=60)
    accepted = await house.upload(page(new_word()), "a.html")
    try:
        async with held(house, "parse", Gate(outside.llamaparse, "POST", "/api/v2/parse", after=True)):
            answer = await cancel(house, accepted["job_id"])
    finally:
        await simulator.play(delay=0)

    assert ("failed_parse", 0) == (answer["status"], answer["left_at_providers"])
    assert ["CANCELLED"] == await states_of_parses(outside, accepted["document_id"])
    assert ((0, 0), []) == (await simulator.billed(), await broken_stories(house))


async def test_a_waiting_job_is_cancelled_with_its_parse_and_only_once(house: House, outside: Outside) -> None:
    """Nobody holds it; its open parse is called off at once, and cancelling again leaves no second event."""
    simulator = Simulator(outside, "llamaparse")
    await simulator.play(delay=60)
    accepted = await house.upload(page(new_word()), "a.html")
    try:
        async with house.worker():
            await house.until(accepted["job_id"], lambda job: job["status"] == "parse_queued")
        first, second = [await cancel(house, subject) for subject in (accepted["job_id"], accepted["document_id"])]
        states = await states_of_parses(outside, accepted["document_id"])
    finally:
        await simulator.play(delay=0)
    events = [event for event in await house.events(accepted["job_id"]) if event["code"] == "JOB_CANCELLED"]

    assert ([False, True], ["CANCELLED"]) == ([first["cancelled_before"], second["cancelled_before"]], states)
    assert [(house.api.headers["X-User-Id"], "collect_parse", False)] == [
        tuple(event["payload"][name] for name in ("by", "stage", "was_held")) for event in events
    ]
    assert {"complete"} == await retried(house, [accepted["job_id"]])


async def test_vectors_that_arrive_after_the_cancelling_are_not_stored(house: House, outside: Outside) -> None:
    """The one call that is under way is paid for, no other is made, and its answer is not written any more."""
    simulator = Simulator(outside, "openai")
    await simulator.begin()
    turned_to(house, "embed", batch_inputs=1, batches_in_flight=1)
    text = "\n\n".join(f"# Part {part}\n\n{f'Clause {part} {new_word()}. ' * 40}" for part in range(6))
    accepted = await house.upload(text.encode(), "a.md")
    async with held(house, "openai", Gate(outside.openai, "POST", "/v1/embeddings", after=True), "/v1"):
        answer = await cancel(house, accepted["job_id"])

    assert ("failed_embedding", (1, 0)) == (answer["status"], await simulator.billed())
    assert [] == await house.rows("SELECT FROM upload_pipeline.document_vector_buffer")
    assert [] == await broken_stories(house)


@pytest.mark.parametrize(
    "moment", ["after POST /v1/files", "before POST /v1/batches", "after POST /v1/batches", "after GET /v1/batches/"]
)
async def test_an_order_of_the_bulk_lane_is_called_off(house: House, outside: Outside, moment: str) -> None:
    """Before it is sent, while it is accepted, and while it is carried out: no order goes on, and no file stays."""
    simulator = Simulator(outside, "openai")
    await simulator.begin()
    await simulator.play(batch_delay=60)
    turned_to(house, "embed", bulk_poll_seconds=0.05)
    file = ("a.md", f"# Cover\n\nAll about {new_word()}.".encode())
    accepted = (await house.api.post("/documents", params={"lane": "bulk"}, files={"file": file})).json()
    when, method, path = moment.split()
    gate = Gate(outside.openai, method, path, after=when == "after")
    async with held(house, "openai", gate, "/v1"):
        await cancel(house, accepted["job_id"])
    headers = {"Authorization": "Bearer sk-test"}
    async with httpx.AsyncClient(base_url=outside.openai, headers=headers, verify=trust_for(outside.openai)) as openai:
        orders = (await openai.get("/v1/batches")).json()["data"]
    again = await cancel(house, accepted["job_id"])
    [order] = await house.rows("SELECT batch_id::text AS key, outcome FROM upload_pipeline.provider_batches")
    await simulator.play(batch_delay=0)

    assert 0 == again["left_at_providers"]
    ours = [row["status"] for row in orders if (row["metadata"] or {}).get("accessa_batch") == order["key"]]
    assert [] == [status for status in ours if status not in {"cancelling", "cancelled"}]
    assert ("cancelled", (0, 0), []) == (order["outcome"], await simulator.billed(), await broken_stories(house))


async def test_cancelling_again_leaves_what_a_worker_is_about_to_send_to_it(house: House, outside: Outside) -> None:
    """The order is not taken for never sent while its requests are on their way: no file of the text stays behind."""
    turned_to(house, "embed", bulk_poll_seconds=0.05)
    file = ("a.md", f"# Cover\n\nAll about {new_word()}.".encode())
    accepted = (await house.api.post("/documents", params={"lane": "bulk"}, files={"file": file})).json()
    async with held(house, "openai", Gate(outside.openai, "POST", "/v1/files"), "/v1"):
        answers = [await cancel(house, accepted["job_id"]) for _ in range(2)]
    [order] = await house.rows("SELECT batch_id::text AS key, outcome FROM upload_pipeline.provider_batches")
    headers = {"Authorization": "Bearer sk-test"}
    async with httpx.AsyncClient(base_url=outside.openai, headers=headers, verify=trust_for(outside.openai)) as openai:
        files = (await openai.get("/v1/files")).json()["data"]

    told = [answer["left_at_providers"] for answer in answers]
    assert (2 * [1], "cancelled", []) == (
        told,
        order["outcome"],
        [row for row in files if order["key"] in row["filename"]],
    )


async def test_what_has_ended_is_not_cancelled(house: House) -> None:
    """A complete job and one that failed by itself are refused with a sentence; another user's is not known."""
    complete = await house.upload(f"all about {new_word()}".encode(), "a.txt")
    failed = await house.upload(b"<html><body><script>run()</script></body></html>", "empty.html")
    async with house.worker():
        await ends(house, {"complete": complete["job_id"], "failed": failed["job_id"]})
    refused = [await house.api.post(f"/jobs/{row['job_id']}/cancel") for row in (complete, failed)]
    foreign = await house.api.post(
        f"/jobs/{complete['job_id']}/cancel", headers={"X-User-Id": "11111111-1111-4111-8111-111111111111"}
    )

    assert [(409, "JOB_ENDED")] * 2 == [(answer.status_code, answer.json()["error"]["code"]) for answer in refused]
    assert "failed by itself (PARSE_EMPTY)" in refused[1].json()["error"]["message"]
    assert (404, "NOT_FOUND") == (foreign.status_code, foreign.json()["error"]["code"])
