"""Workers that are told to stop: they end in time, and what they had in hand loses nothing and counts for nothing."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from backend.tests.faults.processes import KILLED, Child, Processes
from backend.tests.house import House, served
from backend.tests.integration.pipeline.gate import Gate
from backend.tests.simulators import Simulator, ends, new_word, page

PARTS = 12
LEASES = "SELECT lease_owner, crash_count, retry_count FROM upload_pipeline.upload_jobs"
OPEN_CALLS = "SELECT 1 FROM upload_pipeline.provider_calls WHERE state IN ('intended', 'abandoned')"
JUDGED = "SELECT 1 FROM upload_pipeline.events WHERE code = 'LEASE_EXPIRED' OR type = 'error'"
UNHARMED = [(None, 0, 0)]


def text_about(word: str) -> bytes:
    """Return a Markdown text of several batches."""
    parts = (f"# Part {part} {word}\n\n" + f"Sentence of {word} number {part}. " * 40 for part in range(PARTS))
    return "\n\n".join(parts).encode()


async def leases(house: House) -> list[tuple[object, ...]]:
    """Return owner, crashes and counted errors of each job."""
    return [tuple(row) for row in await house.rows(LEASES)]


async def completed(house: House, processes: Processes, job_id: str) -> str:
    """Have another worker finish the job, and return its status."""
    worker = processes.worker(house.settings)
    job = await house.ended(job_id)
    worker.send(signal.SIGTERM)
    assert 0 == await worker.exit_code()
    return str(job["status"])


@pytest.mark.fault(
    "K10", "SIGTERM in the middle of a paid call", "its answer is stored, nothing counted, exit 0", "L8, S10, S16"
)
async def test_what_a_stopped_worker_has_bought_is_stored(
    house: House, processes: Processes, embedder: Simulator
) -> None:
    """After SIGTERM the call under way is waited for and kept, nothing more is bought, and the job is handed back."""
    gate = Gate(house.outside.openai, "POST", "/embeddings")
    accepted = await house.upload(text_about(new_word()), "a.md")
    with served(gate.app) as address:
        held = house.with_settings(
            openai={"base_url": f"{address}/v1"}, embed={"batch_inputs": 4, "batches_in_flight": 1}
        )
        worker = processes.worker(held.settings)
        async with gate.passed():
            worker.send(signal.SIGTERM)
            await states(house, "draining")
        assert 0 == await worker.exit_code()
    assert (UNHARMED, []) == (await leases(house), await house.rows(OPEN_CALLS))
    assert (4, 0) == await embedder.billed()

    assert "complete" == await completed(house, processes, accepted["job_id"])
    assert 0 == (await embedder.billed())[1]


async def states(house: House, state: str) -> None:
    """Wait until a worker says that it is in this state."""
    async with asyncio.timeout(30):
        while not await house.rows("SELECT 1 FROM upload_pipeline.workers WHERE state = $1", state):
            await asyncio.sleep(0.02)


@pytest.mark.fault("K10", "a second SIGTERM", "exit 0 at once, leases released, nothing counted", "L8, S16")
@pytest.mark.fault("K10", "SIGKILL in the drain", "no half state, one batch bought again at most", "S1, S5, S10")
async def test_a_drain_can_be_cut_short(house: House, processes: Processes, embedder: Simulator) -> None:
    """A second signal hands the job back at once; a kill in the drain leaves it to the end of its lease, whole."""
    accepted = await house.upload(text_about(new_word()), "a.md")
    await embedder.play({"kind": "hang"})
    settings = house.with_settings(embed={"batches_in_flight": 1}).settings
    forced = processes.worker(settings)
    await draining_in_a_call(house, forced, calls=1)
    forced.send(signal.SIGTERM)
    assert 0 == await forced.exit_code()
    assert UNHARMED == await leases(house)

    killed = processes.worker(settings, lease_seconds=1)
    await draining_in_a_call(house, killed, calls=2)
    killed.send(signal.SIGKILL)
    assert KILLED == await killed.exit_code()
    await embedder.play()
    assert "complete" == await completed(house, processes, accepted["job_id"])
    units, again = await embedder.billed()
    assert (True, 0) == (units > 0, again)


async def draining_in_a_call(house: House, worker: Child, *, calls: int) -> None:
    """Tell a worker to stop once so many calls are under way that never end, and wait until it drains."""
    async with asyncio.timeout(30):
        while calls != len(await house.rows(OPEN_CALLS)):
            await asyncio.sleep(0.02)
    worker.send(signal.SIGTERM)
    await states(house, "draining")


@pytest.mark.fault("O4", "rolling restarts all the time", "everything completes, nothing is counted", "S16, L1, L8")
async def test_rolling_restarts_harm_nobody(house: House, processes: Processes) -> None:
    """While each worker is replaced every second, all documents are completed without one counted attempt."""
    await restart_all_the_time(house, processes, seconds=4, pause=1.0, documents=8)


@pytest.mark.drill(seconds=620)
@pytest.mark.timeout(900)
async def test_ten_minutes_of_rolling_restarts_harm_nobody(house: House, processes: Processes) -> None:
    """The same for ten minutes, with a restart each ten seconds and documents that keep coming."""
    await restart_all_the_time(house, processes, seconds=600, pause=10.0, documents=300)


async def restart_all_the_time(
    house: House, processes: Processes, *, seconds: float, pause: float, documents: int
) -> None:
    """Replace the older of two workers after each pause, until the time is over; then all must have gone well."""
    jobs: dict[str, str] = {}
    workers = [processes.worker(house.settings), processes.worker(house.settings)]
    # The first process of a session is started for seconds; the time begins after it.
    ending = time.monotonic() + seconds
    gone: list[Child] = []
    while time.monotonic() < ending:
        until = time.monotonic() + pause
        for _ in range(max(1, round(documents * pause / seconds))):
            word = new_word()
            content, name = (page(word), "a.html") if len(jobs) % 2 else (text_about(word), "a.md")
            jobs[word] = (await house.upload(content, name))["job_id"]
        await asyncio.sleep(max(0.0, until - time.monotonic()))
        workers.append(processes.worker(house.settings))
        gone.append(workers.pop(0))
        gone[-1].send(signal.SIGTERM)
    ended = await ends(house, jobs)
    for worker in workers:
        worker.send(signal.SIGTERM)

    assert {("complete", None, 0)} == {(end.status, end.code, end.attempts) for end in ended.values()}
    assert {0} == {await worker.exit_code() for worker in gone + workers}
    assert ([], {(None, 0, 0)}) == (await house.rows(JUDGED), set(await leases(house)))


@pytest.mark.drill(seconds=15)
@pytest.mark.fault("K13", "SIGTERM while a stage holds up the event loop", "exit 0 in time, nothing counted", "L8, L4")
async def test_a_stage_that_holds_up_the_loop_does_not_hold_up_the_end(house: House, processes: Processes) -> None:
    """A worker whose event loop stands still says so, and still ends in time with its job handed back."""
    await house.upload(b"words", "a.txt")
    worker = processes.worker(house.settings, "validate_parse.before_effect=delay:60", drain_seconds=0.5)
    told = await worker.tells(lambda line: line.get("code") == "LOOP_HELD_UP")
    begun = time.monotonic()
    worker.send(signal.SIGTERM)

    assert 0 == await worker.exit_code()
    assert time.monotonic() - begun < 8
    assert any("failpoints.py" in place for place in told["at"])
    assert UNHARMED == await leases(house)
