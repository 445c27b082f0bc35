"""Troubles of a database that goes on running: errors in the middle of work, broken commits, strangers, exhaustion."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
from uuid import UUID

import asyncpg
import httpx
import pytest
from backend.tests.faults.accounts import (
    behind_proxy,
    blocked,
    claimed,
    half_done,
    ledger_of,
    text_about,
    told_twice,
)
from backend.tests.faults.planted import CRASH, HANG, Trouble, plant
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House
from backend.tests.simulators import WELL, End, Simulator, ends, new_word

from accessa.apps.api.app import create_app
from accessa.domain.errors import LeaseLostError
from accessa.pipeline.delete_document import find_objects
from accessa.pipeline.run_stages import run_job
from accessa.store.driver_errors import ConnectionLostError
from accessa.store.effects import Effect, note_progress
from accessa.store.jobs import renew_lease
from fault_proxy import Cut, Moment

VECTORS = "document_vector_buffer"
TROUBLES = {
    "a backend that dies at a status": Trouble(CRASH, "chunks_stored"),
    "a backend that dies with what was bought": Trouble(CRASH, VECTORS),
    "a serialisation error": Trouble("40001", "embedding_queued", times=2),
    "a deadlock over what was bought": Trouble("40P01", VECTORS, times=2),
    "a demoted primary": Trouble("25006", "chunking"),
    "a full disk at a status": Trouble("53100", "parsed"),
    "a full disk before what was bought": Trouble("53100", VECTORS, times=2),
}


@pytest.mark.fault("D2", "backend terminated between fence and commit", "rolled back, resumed", "S5, S10")
@pytest.mark.fault("D6", "40001 and 40P01 in the middle of work", "the closure is run again, one effect", "S9, S10")
@pytest.mark.fault("D7", "one worker's connection leads to a demoted primary", "it reconnects and goes on", "L1, S16")
@pytest.mark.fault("D8", "disk of Postgres full", "DISK_FULL is told, nothing half done, goes on by itself", "S2, L1")
async def test_trouble_in_the_middle_costs_no_attempt_and_no_second_purchase(house: House, embedder: Simulator) -> None:
    """Whatever Postgres raises where, each document ends well, uncounted, and is bought and stored once."""
    accepted = {name: await house.upload(text_about(new_word()), "a.md") for name in TROUBLES}
    await plant(house, {accepted[name]["document_id"]: trouble for name, trouble in TROUBLES.items()})
    async with house.worker(jobs_at_once=len(TROUBLES)):
        found = await ends(house, {name: answer["job_id"] for name, answer in accepted.items()})
    chunks = sum([(await house.job(answer["job_id"]))["chunks"] for answer in accepted.values()])
    told = [event["code"] for event in await house.events(accepted["a full disk at a status"]["job_id"])]

    assert dict.fromkeys(TROUBLES, WELL) == found
    assert (chunks, 0) == await embedder.billed_at_last(chunks)
    assert ([], []) == (await told_twice(house), await half_done(house))
    assert "DISK_FULL" in told


@pytest.mark.fault("D3", "connection reset during COMMIT", "the outcome is looked up, no double effect", "S9, S10")
@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
async def test_a_commit_whose_answer_is_lost_is_looked_up(house: House, embedder: Simulator, moment: Moment) -> None:
    """One commit in five of a worker breaks, before or after it took hold: each purchase and move is there once."""
    page = b"<html><body><h1>Words</h1><p>All about words in one sentence.</p></body></html>"
    accepted = [await house.upload(page, "a.html"), await house.upload(text_about(new_word()), "b.md")]
    async with behind_proxy(house) as (distant, proxy):
        proxy.play(cut=Cut(b"COMMIT", moment, times=1000, chance=0.2))
        async with distant.worker():
            found = await ends(house, {answer["job_id"]: answer["job_id"] for answer in accepted})
            proxy.heal()
    chunks = sum([(await house.job(answer["job_id"]))["chunks"] for answer in accepted])

    assert {WELL} == set(found.values())
    assert (chunks, 0) == await embedder.billed_at_last(chunks)
    assert [("embed", "recorded", 1), ("parse", "recorded", 1)] == await ledger_of(house, accepted[0]["job_id"])
    assert ([], []) == (await told_twice(house), await half_done(house))


@pytest.mark.fault("D3", "connection reset while a claim is answered", "its jobs are taken up, no crash", "S4, L1")
async def test_a_claim_whose_answer_is_lost_is_taken_up(house: House) -> None:
    """What a worker has leased without hearing of it is worked on under that lease, without a second claim."""
    accepted = await house.upload(b"words", "a.txt")
    async with behind_proxy(house) as (distant, proxy), distant.worker() as worker:
        # A claim begins with its owner and the length of the lease.
        lease = struct.pack(">id", 8, house.settings.worker.lease_seconds)
        cut = Cut(worker.worker_id.encode() + lease)
        proxy.play(cut=cut)
        job = await house.ended(accepted["job_id"])
    claims = [event["code"] for event in await house.events(accepted["job_id"]) if event["type"] == "claimed"]

    assert (True, "complete", ["JOB_CLAIMED"]) == (cut.happened.is_set(), job["status"], claims)


@pytest.mark.fault("D6", "a real deadlock with a stranger's session", "the closure is run again, one effect", "S9")
async def test_a_real_deadlock_is_run_again(house: House) -> None:
    """A transaction that Postgres gives up for a stranger's sake is done once more, as a whole."""
    accepted = await house.upload(b"words", "a.txt")
    url, document = house.settings.database.url.get_secret_value(), UUID(accepted["document_id"])
    stranger = await asyncpg.connect(url)
    # Who looks for deadlocks first is the one who is given up.
    await house.rows(f"ALTER DATABASE {url.rsplit('/', 1)[1]} SET deadlock_timeout = '20ms'")
    lock = "SELECT FROM upload_pipeline.documents WHERE document_id = $1 FOR UPDATE"
    cross = "UPDATE upload_pipeline.upload_jobs SET updated_at = now()"
    tries: list[str] = []

    async def end_of_stranger() -> None:
        async with stranger.transaction():
            await stranger.execute(lock, document)
            tries.append("locked")
            await stranger.execute(cross)

    async with house.services() as services:
        job = await claimed(services)

        async def work(effect: Effect) -> None:
            tries.append("tried")
            if tries.count("tried") == 1:
                strange = asyncio.create_task(end_of_stranger())
                await blocked(house, cross)
                crossing.append(strange)
            await effect.connection.execute(lock, document)
            await note_progress(effect.connection, effect.job.job_id, {"tries": tries.count("tried")})

        crossing: list[asyncio.Task[None]] = []
        await services.effect(job, work)
        await crossing[0]
    await stranger.close()

    assert ["tried", "locked", "tried"] == tries
    assert {"tries": 2} == (await house.job(accepted["job_id"]))["progress"]


@pytest.mark.fault("D2", "backend terminated between fence and commit, without a worker", "rolled back", "S5")
async def test_a_transaction_that_dies_leaves_nothing_and_is_gone_on_with(house: House) -> None:
    """A backend ended by an administrator takes its transaction with it; the job goes on in the same hands."""
    accepted = await house.upload(b"words", "a.txt")
    async with house.services() as services:
        await services.enter_providers()
        job = await claimed(services)
        with pytest.raises(ConnectionLostError):  # noqa: PT012 - it fails at its end
            async with services.fenced(job) as effect:
                await note_progress(effect.connection, effect.job.job_id, {"lost": 1})
                pid = await effect.connection.fetchval("SELECT pg_backend_pid()")
                await house.rows("SELECT pg_terminate_backend($1)", pid)
                await note_progress(effect.connection, effect.job.job_id, {"lost": 2})
        await run_job(job, services)

    assert ("complete", None) == (
        (await house.job(accepted["job_id"]))["status"],
        (await house.job(accepted["job_id"]))["progress"].get("lost"),
    )


@pytest.mark.fault("D1", "Postgres crashes in the middle of a transaction", "reconnected, nothing lost", "S1-S9, L1")
async def test_a_crash_of_postgres_is_outlived(house: House, embedder: Simulator) -> None:
    """When a backend is killed, Postgres ends all of them and recovers; the worker reconnects and finishes."""
    # The tests' Postgres does not wait for its log to be written, and would forget its last commits.
    name = house.settings.database.url.get_secret_value().rsplit("/", 1)[1]
    await house.rows(f"ALTER DATABASE {name} SET synchronous_commit = on")
    accepted = await house.upload(text_about(new_word()), "a.md")
    await plant(house, {accepted["document_id"]: Trouble(HANG, VECTORS)})
    async with house.worker():
        os.kill(await blocked(house, "document_vector_buffer"), signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await _is_complete(house, accepted["job_id"]):
                await asyncio.sleep(LOOK_SECONDS)
    job = await house.job(accepted["job_id"])

    assert (End("complete"), 0) == (End(job["status"], None, job["retry_count"]), job.get("crash_count", 0))
    assert (job["chunks"], 0) == await embedder.billed_at_last(job["chunks"])
    assert ([], []) == (await told_twice(house), await half_done(house))


async def _is_complete(house: House, job_id: str) -> bool:
    answer = await house.api.get(f"/jobs/{job_id}")
    return answer.status_code == httpx.codes.OK and answer.json()["status"] == "complete"


@pytest.mark.fault("D5", "pool exhausted by work", "claims pause, leases and signs of life go on", "L3, L4")
async def test_an_exhausted_pool_loses_no_lease(house: House) -> None:
    """While work holds every connection, leases are renewed and the worker is seen alive; then claims go on."""
    small = house.with_settings(
        database={"pool_size": 1, "connect_timeout_seconds": 1.0}, worker={"heartbeat_seconds": 0.05}
    )
    await house.upload(b"in hand", "a.txt")
    async with small.services() as services:
        job = await claimed(services)
        async with services.database.connection():
            renewed = await renew_lease(services.database, job, 20)
    async with small.worker(heartbeat_seconds=0.05) as worker:
        await _seen_after(house, "-infinity")
        async with worker._services.database.connection() as busy:
            since = await busy.fetchval("SELECT clock_timestamp()::text")
            accepted = await house.upload(b"to be claimed", "b.txt")
            await _seen_after(house, since)
            waiting = (await house.job(accepted["job_id"]))["status"]
        ended = await house.ended(accepted["job_id"])

    assert (True, "uploaded", "complete") == (renewed, waiting, ended["status"])


async def _seen_after(house: House, moment: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await house.rows(
            "SELECT FROM upload_pipeline.workers WHERE state = 'running' AND heartbeat_at > $1::text::timestamptz",
            moment,
        ):
            await asyncio.sleep(LOOK_SECONDS)


@pytest.mark.fault("D5", "connections of the API exhausted", "/ready says 503, and recovers", "L4")
async def test_an_api_without_a_free_connection_is_not_ready(house: House) -> None:
    """Requests that hang in the database make the API say that it is not ready, in a plain sentence."""
    database = house.settings.database.model_copy(update={"pool_size": 1, "connect_timeout_seconds": 1.0})
    app = create_app(house.settings.model_copy(update={"database": database}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api", headers=house.api.headers) as api,
    ):
        before = (await api.get("/ready")).json()["checks"]["schema"]
        async with app.state.services.database.connection():
            answer = await api.get("/ready")

    assert ("ok", 503) == (before, answer.status_code)
    assert "All connections of this process to the database are in use" in answer.json()["checks"]["schema"]


@pytest.mark.fault("D9", "a client idle in a transaction for long", "told by a metric; claims and work go on", "L2, L3")
async def test_a_strangers_open_transaction_holds_nobody_up(house: House) -> None:
    """Somebody who forgot to commit delays no document, and the metrics tell how long he has been at it."""
    stranger = await asyncpg.connect(house.settings.database.url.get_secret_value())
    await stranger.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM upload_pipeline.upload_jobs")
    async with house.worker():
        job = await house.ended((await house.upload(b"words", "a.txt"))["job_id"])
    metrics = (await house.api.get("/metrics")).text
    await stranger.close()
    [line] = [line for line in metrics.splitlines() if line.startswith("accessa_database_oldest_transaction_seconds ")]

    assert ("complete", True) == (job["status"], float(line.split()[1]) > 0)


@pytest.mark.fault("D10", "LISTEN connection killed, NOTIFY lost or doubled", "polling goes on", "L1, L2")
async def test_work_goes_on_without_the_doorbell(house: House) -> None:
    """A doorbell that rings twice, or whose connection is ended, costs no document."""
    async with house.worker():
        first = await house.ended((await house.upload(b"words", "a.txt"))["job_id"])
        await house.rows("NOTIFY accessa_doorbell")
        await house.rows("NOTIFY accessa_doorbell")
        ended = await house.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE '%accessa_doorbell%' AND pid <> pg_backend_pid()"
        )
        second = await house.ended((await house.upload(b"more words", "b.txt"))["job_id"])

    assert ["complete"] * 2 == [first["status"], second["status"]]
    assert ended


@pytest.mark.fault("D11", "clock of the database steps forward", "an early claim at worst, fenced", "S4, S5")
async def test_a_clock_that_jumps_ends_a_lease_early_and_no_more(house: House) -> None:
    """When the database's clock jumps over a lease, the job changes hands once; who held it before writes nothing."""
    accepted = await house.upload(b"words", "a.txt")
    async with house.services() as services:
        await services.enter_providers()
        first = await claimed(services, "first")
        # To a row, a clock that steps on by ten minutes is the same as a time that lies ten minutes earlier.
        await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = available_at - interval '10 minutes'")
        second = await claimed(services, "second")
        with pytest.raises(LeaseLostError):
            async with services.fenced(first):
                pass
        await run_job(first, services)
        await run_job(second, services)
    epochs = await house.rows("SELECT lease_epoch FROM upload_pipeline.events WHERE type = 'transition'")

    assert "complete" == (await house.job(accepted["job_id"]))["status"]
    assert {second.lease_epoch} == {row["lease_epoch"] for row in epochs}


@pytest.mark.fault("D12", "document deleted while it is worked on", "a clean stop, no orphans, no retry", "S7, S12")
async def test_a_document_deleted_under_a_worker_is_let_be(house: House) -> None:
    """A worker whose document goes stops without a word on the job, and leaves no row and no file behind."""
    accepted = await house.upload(text_about(new_word()), "a.md")
    async with house.services() as services:
        job = await claimed(services)
        await house.api.delete(f"/documents/{accepted['document_id']}")
        await run_job(job, services)
        files = await find_objects(services, job.user_id, job.document_id)
    left = [
        len(await house.rows(f"SELECT FROM upload_pipeline.{table}"))
        for table in ("upload_jobs", "documents", "document_chunk_buffer", "document_vector_buffer")
    ]

    assert ([0, 0, 0, 0], []) == (left, files)
