"""Every fault of the embedding provider, through our own client and worker: each vector stored once, and right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from backend.tests.simulators import WELL, End, Simulator, ends, new_word

if TYPE_CHECKING:
    from backend.tests.house import House

ONCE_MORE = End("complete", None, 1)
# Name of the fault: the fault, how its document ends, and how many batches are bought in vain.
FAULTS: dict[str, tuple[dict[str, Any], End, int]] = {
    "none": ({}, WELL, 0),
    "E1 429 with retry-after": ({"kind": "rate_limit", "value": 1}, WELL, 0),
    "E1 429 without": ({"kind": "rate_limit", "value": "silent"}, WELL, 0),
    "E1 429 of tokens": ({"kind": "token_rate_limit", "value": 0.2}, WELL, 0),
    "E1 slow down": ({"kind": "slow_down"}, WELL, 0),
    "E1 no money": ({"kind": "quota"}, WELL, 0),
    "E1 no money, newer word": ({"kind": "quota", "value": "credit_balance_exhausted"}, WELL, 0),
    "E2 500": ({"kind": "server_error"}, WELL, 0),
    "E2 503": ({"kind": "overloaded"}, WELL, 0),
    "E2 never answers": ({"kind": "hang"}, WELL, 0),
    "E2 time-out": ({"kind": "slow_answer", "value": 2.5}, WELL, 1),
    "E2 answer lost": ({"kind": "lost_answer"}, WELL, 1),
    "E2 reset in the body": ({"kind": "cut_answer"}, WELL, 1),
    "E2 broken JSON": ({"kind": "malformed_answer"}, ONCE_MORE, 1),
    "E3 request too large": ({"kind": "request_too_large", "value": 3}, WELL, 0),
    "E3 one input too long": ({"kind": "input_too_long", "value": 1}, WELL, 0),
    "E4 short": ({"kind": "short_batch"}, ONCE_MORE, 1),
    "E4 extra": ({"kind": "extra_item"}, ONCE_MORE, 1),
    "E4 duplicate index": ({"kind": "duplicate_index"}, ONCE_MORE, 1),
    "E4 missing index": ({"kind": "missing_index"}, ONCE_MORE, 1),
    "E4 wrong dimension": ({"kind": "wrong_dimension"}, ONCE_MORE, 1),
    "E4 zero": ({"kind": "zero_vector"}, ONCE_MORE, 1),
    "E4 NaN": ({"kind": "nan_vector"}, ONCE_MORE, 1),
    "E4 infinite": ({"kind": "inf_vector"}, ONCE_MORE, 1),
    "E4 null": ({"kind": "null_vector"}, ONCE_MORE, 1),
    "E4 empty": ({"kind": "empty_data"}, ONCE_MORE, 1),
    "E5 other order": ({"kind": "reordered"}, WELL, 0),
    "floats": ({"kind": "float_answer"}, WELL, 0),
    "no usage": ({"kind": "missing_usage"}, WELL, 0),
    "E6 revoked key": ({"kind": "unauthorized"}, WELL, 0),
    "no access": ({"kind": "forbidden"}, WELL, 0),
}
# A refusal for its size is met again by what is still too large; the other faults strike a document once.
LASTING = {"request_too_large", "input_too_long"}
# Their call is sent again while the job waits, unless the gate has been closed by then for what another document met:
# then the failure is counted.
REPEATED = {name for name, (_, end, _) in FAULTS.items() if name.startswith("E2 ") and end == WELL}
PARTS = 6


@pytest.fixture
async def embedder(embedder: Simulator) -> Simulator:
    """The embedding simulator, emptied: a batch that an earlier file left at work would go on with the bill."""
    await embedder.reset()
    await embedder.begin()
    return embedder


def text_about(word: str) -> bytes:
    """Return a Markdown text of several chunks, each with the word."""
    parts = (f"# Part {part} {word}\n\n" + f"Sentence of {word} number {part}. " * 40 for part in range(PARTS))
    return "\n\n".join(parts).encode()


@pytest.mark.fault(
    "E1",
    "the embedding provider limits requests or tokens, with and without retry-after, or has no money left",
    "the document waits and completes; no attempt is used up",
    "S16, L1",
)
@pytest.mark.fault(
    "E2",
    "the provider answers 5xx, never, too late, cut short, or with broken JSON",
    "the batch is repeated; at most one is bought twice",
    "S10, S7",
)
@pytest.mark.fault(
    "E3",
    "the provider finds a request or a passage too large",
    "the batch is halved until it fits; one vector for each passage",
    "S7, L1",
)
@pytest.mark.fault(
    "E4",
    "vectors are missing, too many, doubled, of the wrong size, zero, NaN, infinite or null",
    "the whole batch is rejected and bought again; none of it is stored",
    "S7, S8",
)
@pytest.mark.fault("E5", "vectors come in another order", "each is stored with its own passage", "S8")
@pytest.mark.fault(
    "E6",
    "the key is revoked in the midst of it",
    "jobs wait and go on with the new key; none fails",
    "S16, L1",
)
async def test_faults_of_calls_leave_one_right_vector_a_chunk(house: House, embedder: Simulator) -> None:
    """E1 to E6: every document ends well, at most the batch under way is bought again, and no wrong vector is kept."""
    words = {name: new_word() for name in FAULTS}
    jobs = {name: (await house.upload(text_about(word), "a.md"))["job_id"] for name, word in words.items()}
    await embedder.play(
        *(
            {**fault, "document": words[name], **({} if fault["kind"] in LASTING else {"times": 1})}
            for name, (fault, _, _) in FAULTS.items()
            if fault
        )
    )
    # The passages of one document fill a request, so that each fault strikes one document.
    alone = house.with_settings(openai={"timeout_seconds": 1.0}, embed={"batch_inputs": PARTS * 3})
    async with alone.worker(jobs_at_once=8):
        found = await ends(house, jobs)
    told = await house.rows("SELECT job_id::text AS id FROM upload_pipeline.events WHERE code = 'EMBED_REPEATED'")
    repeated = Counter(row["id"] for row in told)
    once_more = {name: found[name].attempts + repeated[jobs[name]] for name in REPEATED}
    found |= {name: replace(found[name], attempts=0) for name in REPEATED}
    chunks = {name: (await house.job(job_id))["chunks"] for name, job_id in jobs.items()}
    in_vain = sum(chunks[name] * batches for name, (_, _, batches) in FAULTS.items())
    units, twice = await embedder.billed_at_last(sum(chunks.values()) + in_vain)
    await embedder.play()

    assert {name: end for name, (_, end, _) in FAULTS.items()} == found
    assert dict.fromkeys(REPEATED, 1) == once_more
    assert (sum(chunks.values()) + in_vain, in_vain) == (units, twice)
    assert [] == await wrong_vectors(house)


@pytest.mark.fault("E2", "the database is lost with the provider's answer 500", "the answer counts", "S10, S16")
async def test_a_providers_error_counts_though_the_ledger_is_not_told(house: House, embedder: Simulator) -> None:
    """E2: whose network breaks while a call fails takes the call for failed, and does not repeat it under his lease."""
    word = new_word()
    accepted = await house.upload(text_about(word), "a.md")
    await house.rows(
        "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
    )
    await house.rows(
        "CREATE TRIGGER die BEFORE UPDATE ON upload_pipeline.provider_calls FOR EACH ROW"
        " WHEN (NEW.error_code IS NOT NULL) EXECUTE FUNCTION public.die()"
    )
    await embedder.play({"kind": "server_error", "document": word, "times": 1})
    async with house.worker():
        found = await ends(house, {"one": accepted["job_id"]})
    calls = await house.rows(
        "SELECT DISTINCT count(DISTINCT lease_epoch) = count(*) AS apart FROM upload_pipeline.provider_calls"
        " GROUP BY call_key"
    )

    assert ({"one": ONCE_MORE}, [True]) == (found, [row["apart"] for row in calls])


@pytest.mark.fault(
    "E4", "a long document meets a wrong answer before each batch", "it gets further each time and completes", "S16, L1"
)
async def test_errors_that_a_document_got_over_are_not_held_against_it(house: House, embedder: Simulator) -> None:
    """A document with more errors than attempts is complete, as each batch that is stored begins the count anew."""
    word = new_word()
    job_id = (await house.upload(text_about(word), "a.md"))["job_id"]
    await embedder.play(*({"kind": "wrong_dimension", "document": word, "nth": call} for call in range(1, 12, 2)))
    async with house.with_settings(embed={"batch_inputs": 1}).worker(max_attempts=2):
        ended = await house.ended(job_id)
    await embedder.play()

    assert ("complete", True) == (ended["status"], ended["retry_count"] > 2)


async def wrong_vectors(house: House) -> list[str]:
    """Return the chunks whose stored vector is not the one that the provider makes of their text."""
    rows = await house.rows(
        "SELECT c.chunk_id::text AS id, c.text, v.vector::text AS vector FROM upload_pipeline.document_chunk_buffer c"
        " LEFT JOIN upload_pipeline.document_vector_buffer v USING (set_id, chunk_id)"
    )
    async with house.services() as services:
        embed = services.settings.embed
        wanted = [
            (await services.embedder.embed(texts, model=embed.model, dimensions=embed.dimensions)).matrix
            for texts in ([row["text"] for row in rows[start : start + 500]] for start in range(0, len(rows), 500))
        ]
    stored = [np.fromstring(row["vector"].strip("[]"), sep=",", dtype=np.float32) for row in rows]
    off = np.abs(np.vstack(stored) - np.vstack(wanted)).max(axis=1)
    return [row["id"] for row, distance in zip(rows, off.tolist(), strict=True) if not distance < 1e-5]


@pytest.mark.fault(
    "E3",
    "a passage that no request can hold",
    "that document ends with a code and a sentence",
    "S14, L1",
)
async def test_a_passage_that_no_request_can_hold_is_named(house: House, embedder: Simulator) -> None:
    """E3: where cutting in two ends at a single text, the document fails and says which passage it was."""
    word = new_word()
    accepted = await house.upload(text_about(word), "a.md")
    await embedder.play({"kind": "input_too_long", "document": f"Part 3 {word}"})
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("failed_embedding", "EMBED_INPUT_TOO_LONG", 0) == (
        job["status"],
        job["error"]["code"],
        job["retry_count"],
    )
    assert job["error"]["message"].startswith("Passage ")


@pytest.mark.fault(
    "E1",
    "the account has no money left, with many documents waiting",
    "one question in a while for all of them; no job fails",
    "S16, L1",
)
async def test_an_empty_account_stops_the_asking_of_all_jobs(house: House, embedder: Simulator) -> None:
    """E1, E6: one call finds out; the other jobs wait without asking, none fails, all go on once there is credit."""
    jobs = {str(number): (await house.upload(text_about(new_word()), "a.md"))["job_id"] for number in range(5)}
    await embedder.play({"kind": "quota"})
    # Calls under way at the same time would each find out.
    slow = house.with_settings(
        provider={"refused_seconds": 600, "open_max_seconds": 600}, embed={"batches_in_flight": 1}
    )
    async with slow.worker(jobs_at_once=1):
        for job_id in jobs.values():
            await house.until(job_id, lambda job: job["error"] is not None)
        waiting = [await house.job(job_id) for job_id in jobs.values()]
        calls = await house.rows("SELECT 1 FROM upload_pipeline.provider_calls WHERE operation = 'embed'")
        found = await house.api.post("/search", json={"query": "credit", "limit": 1})
        metrics = (await house.api.get("/metrics")).text
        await embedder.play()
        await house.rows("UPDATE upload_pipeline.provider_gates SET probe_at = now()")
        await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now() WHERE lease_owner IS NULL")
        ended = await ends(house, jobs)

    assert {("embedding_in_progress", "EMBED_NO_CREDIT", 0)} == {
        (job["status"], job["error"]["code"], job["retry_count"]) for job in waiting
    }
    assert (1, 200) == (len(calls), found.status_code)
    assert 'accessa_provider_circuit{provider="mock-openai",state="open"} 1.0' in metrics
    assert {WELL} == set(ended.values())


async def test_a_stopped_provider_is_told_to_a_searcher_at_once(house: House, embedder: Simulator) -> None:
    """While no call goes out, a search does not wait for a time-out: it says why it cannot be served."""
    accepted = await house.upload(text_about(new_word()), "a.md")
    async with house.worker():
        await house.ended(accepted["job_id"])
    await embedder.play({"kind": "quota"})
    first = await house.api.post("/search", json={"query": "sentence", "limit": 1})
    await embedder.play({"kind": "hang"})
    second = await house.api.post("/search", json={"query": "sentence", "limit": 1})

    assert [(503, "EMBED_NO_CREDIT")] * 2 == [
        (answer.status_code, answer.json()["error"]["code"]) for answer in (first, second)
    ]
