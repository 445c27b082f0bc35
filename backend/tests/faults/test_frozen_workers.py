"""Workers that freeze, are blocked or die in the middle of an embedding call, and what others do then."""

from __future__ import annotations

import asyncio
import signal
from uuid import UUID

import pytest
from backend.tests.faults.processes import KILLED, Child, Processes
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House
from backend.tests.simulators import Simulator, new_word

from accessa.store.database import Database
from accessa.store.jobs import claim_jobs

BATCH_INPUTS = 2
LEASE_SECONDS = 0.5
ROUNDS = 1000
_BY_REPLACED_OWNERS = """
SELECT e.event_id FROM upload_pipeline.events e
JOIN upload_pipeline.events c ON c.job_id = e.job_id AND c.type = 'claimed' AND c.event_id < e.event_id
    AND c.lease_epoch > e.lease_epoch
WHERE e.type IN ('transition', 'paid_intent', 'paid_recorded', 'released', 'error')
"""
# Where a worker freezes, the units that are bought a second time for it, and its lease. With a long one neither its
# clock nor its keeper of the lease can warn it, so that only the fence holds.
FROZEN = [
    ("embed.before_intent", 0, 600),
    ("embed.before_intent", 0, LEASE_SECONDS),
    ("embed.after_intent_before_call", 0, LEASE_SECONDS),
    ("embed.after_call_before_commit", BATCH_INPUTS, 600),
    ("embed.before_commit", BATCH_INPUTS, 600),
    ("store_chunks.before_effect", 0, 600),
]
_LEASES_END = (
    "UPDATE upload_pipeline.upload_jobs SET available_at = now() WHERE lease_owner IS NOT NULL",
    "DELETE FROM upload_pipeline.workers",
)


@pytest.fixture
def small_batches(house: House) -> House:
    """A house in which a short text makes several batches, and a frozen transaction is soon ended by the database."""
    small = {"batch_inputs": BATCH_INPUTS, "batches_in_flight": 1}
    return house.with_settings(embed=small, database={"idle_timeout_seconds": LEASE_SECONDS})


async def upload(house: House, word: str) -> str:
    """Upload a text of five chunks and return its job."""
    parts = (f"# Part {part} {word}\n\n" + f"Sentence of {word} number {part}. " * 12 for part in range(5))
    job_id: str = (await house.upload("\n\n".join(parts).encode(), "a.md"))["job_id"]
    return job_id


async def bought(house: House, embedder: Simulator, job_id: str) -> tuple[int, int]:
    """Return how many units were bought over what is stored, and how many vectors each chunk has."""
    units, _again = await embedder.billed()
    job = await house.job(job_id)
    assert "complete" == job["status"]
    return units - job["chunks"], job["vectors"] // job["chunks"]


async def lost_its_lease(child: Child) -> None:
    """Wait until a worker says that the job is not its own any more."""
    await child.tells(lambda line: line.get("code") == "LEASE_LOST")


@pytest.mark.fault(
    "K11",
    "a worker is frozen past its lease and woken again, at five points around what it buys and writes",
    "it says LEASE_LOST, writes nothing and calls nobody; only an answer that was under way is paid for twice",
    "S5, S10",
)
@pytest.mark.parametrize("frozen_at", FROZEN, ids=[f"{point}, lease of {lease:g} s" for point, _, lease in FROZEN])
async def test_a_frozen_worker_does_nothing_after_its_lease(
    small_batches: House, processes: Processes, embedder: Simulator, frozen_at: tuple[str, int, float]
) -> None:
    """Another worker completes the document; the one that wakes up writes nothing and buys nothing more."""
    house, (point, again, lease) = small_batches, frozen_at
    job_id = await upload(house, new_word())
    frozen = processes.worker(house.settings, f"{point}=stop@1", lease_seconds=lease)
    await frozen.frozen()
    # A short lease ends by itself, as only time can tell the clock of a worker that it is over.
    for statement in _LEASES_END if lease > LEASE_SECONDS else _LEASES_END[1:]:
        await house.rows(statement)
    async with house.worker():
        await house.ended(job_id)
    before = await embedder.billed()
    frozen.send(signal.SIGCONT)
    await lost_its_lease(frozen)

    assert (again, 1) == await bought(house, embedder, job_id)
    assert (before, []) == (await embedder.billed(), await house.rows(_BY_REPLACED_OWNERS))


@pytest.mark.fault(
    "K13",
    "the event loop is blocked for twice the lease by a computation",
    "the lease is lost and noticed: another worker goes on, the blocked one writes and buys nothing",
    "S5, S10",
)
async def test_a_blocked_worker_does_nothing_after_its_lease(
    small_batches: House, processes: Processes, embedder: Simulator
) -> None:
    """A worker whose event loop stands still loses its job to another one, and finds out before it buys."""
    house = small_batches
    job_id = await upload(house, new_word())
    failpoints = f"embed.before_intent=delay:{3 * LEASE_SECONDS}@1"
    blocked = processes.worker(house.settings, failpoints, lease_seconds=LEASE_SECONDS)
    await house.until(job_id, lambda job: job["status"] == "embedding_in_progress")
    async with house.worker():
        await house.ended(job_id)
        await lost_its_lease(blocked)

    assert (0, 1) == await bought(house, embedder, job_id)
    assert [] == await house.rows(_BY_REPLACED_OWNERS)


@pytest.mark.fault(
    "K7", "kill -9 in the middle of an embedding call", "at most the one batch under way is bought again", "S10"
)
async def test_a_death_in_a_call_costs_that_batch(
    small_batches: House, processes: Processes, embedder: Simulator
) -> None:
    """The provider bills a call whose caller has died; another worker buys that batch again, and no other one."""
    house, word = small_batches, new_word()
    job_id = await upload(house, word)
    await embedder.play({"kind": "slow_answer", "document": word, "value": 0.3, "times": 1})
    worker = processes.worker(house.settings, lease_seconds=LEASE_SECONDS)
    intents = "SELECT 1 FROM upload_pipeline.provider_calls WHERE operation = 'embed' AND job_id = $1"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await house.rows(intents, UUID(job_id)):
            await asyncio.sleep(LOOK_SECONDS)
    worker.send(signal.SIGKILL)
    assert KILLED == await worker.exit_code()
    async with house.worker():
        chunks = (await house.ended(job_id))["chunks"]
    units, _again = await embedder.billed_at_last(chunks + BATCH_INPUTS)

    assert units - chunks in {0, BATCH_INPUTS}
    assert (units - chunks, 1) == await bought(house, embedder, job_id)


@pytest.mark.fault("K12", "two workers race for one job, a thousand times", "each epoch has one owner", "S4")
async def test_a_thousand_races_have_one_winner_each(house: House) -> None:
    """Two workers claim the same job as fast as they can; no epoch is given twice, and none is left out."""
    await upload(house, new_word())
    epochs: list[int] = []

    async def race(owner: str, database: Database) -> None:
        while len(epochs) < ROUNDS:
            claimed = await claim_jobs(database, owner=owner, lease_seconds=0, limit=1)
            epochs.extend(job.lease_epoch for job in claimed)

    async with house.services() as one, house.services() as other:
        await asyncio.gather(race("one", one.database), race("other", other.database))

    owners = await house.rows(
        "SELECT lease_epoch, count(*) AS owners, max(payload ->> 'worker') AS worker FROM upload_pipeline.events"
        " WHERE type = 'claimed' GROUP BY lease_epoch"
    )
    assert list(range(1, len(epochs) + 1)) == sorted(epochs)
    assert ({1}, {"one", "other"}) == ({row["owners"] for row in owners}, {row["worker"] for row in owners})
