"""What a worker tells of itself: over HTTP to probes and Prometheus, and with its signs of life to the database."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from accessa.apps.worker import fitness
from accessa.apps.worker.base_worker import BaseWorker
from accessa.apps.worker.http_door import Answer, HttpDoor
from accessa.apps.worker.reachable import reached_at
from accessa.domain.errors import UsageError
from accessa.stack.ports import any_free_port
from accessa.store import stage_timings
from accessa.telemetry.stage_timings import StageTimings


@asynccontextmanager
async def probed(house: House, **changes: Any) -> AsyncIterator[tuple[BaseWorker, httpx.AsyncClient]]:
    """Run a worker and lend a client of its HTTP address."""
    async with house.worker(heartbeat_seconds=0.05, **changes) as worker:
        row = await beaten(house, lambda row: row["metrics_url"] is not None)
        async with httpx.AsyncClient(base_url=row["metrics_url"].removesuffix("/metrics"), trust_env=False) as client:
            yield worker, client


async def beaten(house: House, is_so: Callable[[Any], bool]) -> Any:
    """Wait for a sign of life of which something is so, and return its row."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            rows = await house.rows("SELECT * FROM upload_pipeline.workers")
            if rows and is_so(rows[0]):
                return rows[0]
            await asyncio.sleep(LOOK_SECONDS)


async def test_a_worker_answers_its_probes(house: House) -> None:
    """A worker that works is alive and ready, and says of what; its metrics are where its sign of life says."""
    async with probed(house) as (_, client):
        health, ready, metrics = [await client.get(path) for path in ("/health", "/ready", "/metrics")]
        unknown = await client.get("/jobs")
        head = await client.head("/health")

    assert (200, "ok", "base-worker") == (health.status_code, health.json()["status"], health.json()["service"])
    assert (200, {"database": "ok", "schema": "ok", "storage": "ok", "worker": "ok"}) == (
        ready.status_code,
        ready.json()["checks"],
    )
    families = {family.name for family in text_string_to_metric_families(metrics.text)}
    assert {"accessa_jobs_in_hand", "accessa_build_info", "process_cpu_seconds"} <= families
    assert (404, 200, b"") == (unknown.status_code, head.status_code, head.content)


async def test_a_worker_whose_loop_is_held_up_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the event loop stands still the worker answers that it is not alive, and since when."""
    seen: list[httpx.Response] = []
    async with probed(house) as (worker, client):
        monkeypatch.setattr(worker._watch, "_limit", 0.2)

        def ask() -> None:
            while not (seen and seen[-1].status_code == 503):
                seen.append(httpx.get(f"{client.base_url}/health", trust_env=False))
            seen.append(httpx.get(f"{client.base_url}/ready", trust_env=False))

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(PATIENCE_SECONDS)  # holds the loop up

    told, ready = seen[-2:]
    assert told.json()["status"].startswith("The event loop has been held up for ")
    assert (503, "not ready") == (ready.status_code, ready.json()["status"])


async def test_a_worker_that_looks_for_no_work_is_not_alive(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim loop that hangs shows, although the process and its event loop go on."""
    async with probed(house) as (worker, client):
        monkeypatch.setattr(worker._fitness, "_longest_turn", -1.0)
        answer = await client.get("/health")

    assert (503, "The worker has not looked for work for 0 s.") == (answer.status_code, answer.json()["status"])


async def test_a_worker_that_is_told_to_stop_is_not_ready(house: House) -> None:
    """Whoever sends work, or waits for an end, learns that this worker takes no more."""
    async with probed(house) as (worker, client):
        worker._services.stopping.set()
        answers = [await client.get(path) for path in ("/health", "/ready")]

    assert [503, 503] == [answer.status_code for answer in answers]
    assert "The worker is about to stop." == answers[1].json()["checks"]["worker"]


async def test_readiness_names_what_is_missing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without storage a worker is alive and not ready; without an answer of the database in time it says that too."""
    lonely = house.with_settings(
        storage={"url": f"http://127.0.0.1:{any_free_port()}", "service_role_key": SecretStr("none")}
    )
    async with probed(lonely) as (_, client):
        health, ready = [await client.get(path) for path in ("/health", "/ready")]
        monkeypatch.setattr(fitness, "_LOOK_SECONDS", 0.0)
        hasty = await client.get("/ready")

    assert (200, 503) == (health.status_code, ready.status_code)
    checks = ready.json()["checks"]
    assert ("ok", "ok", "ok") == (checks["database"], checks["schema"], checks["worker"])
    assert "ok" != checks["storage"]
    assert "The database does not answer in time." == hasty.json()["checks"]["database"]


async def test_a_worker_without_a_door_works(house: House) -> None:
    """WORKER_HTTP_PORT=off leaves the address of the metrics empty, and documents are processed."""
    accepted = await house.upload(b"# Off\n\nThe door stays shut.", "off.md")
    async with house.worker(http_port="off", heartbeat_seconds=0.05):
        ended = await house.ended(accepted["job_id"])
        row = await beaten(house, lambda row: row["vitals"] is not None)

    assert ("complete", None) == (ended["status"], row["metrics_url"])


async def test_a_port_in_use_stops_the_worker_with_a_sentence(house: House) -> None:
    """A worker that cannot have the port it was given does not run without its probes."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on port {port}") as refused:
            async with house.worker(http_port=port):
                pass

    assert "NO_FREE_PORT" == refused.value.code


async def test_a_sign_of_life_tells_how_the_worker_is(house: House) -> None:
    """Memory, processor time, lag, connections, places and the clock's lead are in the database within two beats."""
    async with house.worker(heartbeat_seconds=0.05, jobs_at_once=7):
        rows = await beaten(house, lambda row: '"clock_ahead_seconds": null' not in row["vitals"])

    vitals = json.loads(rows["vitals"])
    assert vitals["resident_bytes"] > 10_000_000
    assert vitals["cpu_seconds"] > 0
    assert (6, 7) == (vitals["pool_limit"], vitals["in_hand_limit"])
    assert -1 < vitals["clock_ahead_seconds"] < 1
    assert {"loop_lag_seconds", "pool_used"} <= vitals.keys()


async def test_stages_leave_their_times(house: House) -> None:
    """After a document went through, every stage that it passed has one run, its seconds and its bucket."""
    accepted = await house.upload(b"# Times\n\nEach stage takes its time.", "times.md")
    async with house.worker(heartbeat_seconds=0.05):
        await house.ended(accepted["job_id"])
    rows = await house.rows("SELECT stage, runs, seconds, buckets FROM upload_pipeline.stage_timings")

    assert {
        "submit_parse", "collect_parse", "validate_parse", "open_chunk_set", "store_chunks", "plan_batches",
        "start_embedding", "embed_batches", "publish",
    } == {row["stage"] for row in rows}  # fmt: skip
    assert all(row["seconds"] > 0 for row in rows)
    assert {1} == {row["runs"] for row in rows} == {sum(row["buckets"]) for row in rows}


async def test_times_that_could_not_be_written_are_told_later(house: House) -> None:
    """Sums are added up within a minute, bucket by bucket, and kept while the database refuses them."""
    timings = StageTimings()
    timings.add("publish", "done", 0.007)
    untold = timings.take()
    timings.add("publish", "done", 2000.0)
    timings.add("publish", "failed", 1.0)
    timings.give_back(untold)
    async with house.services() as services:
        await stage_timings.add(services.database, "w", timings.take())
        timings.add("publish", "done", 0.008)
        await stage_timings.add(services.database, "w", timings.take())
    rows = await house.rows(
        "SELECT sum(runs) AS runs, sum(seconds) AS seconds, sum(buckets[2]) AS second, sum(buckets[17]) AS last"
        " FROM upload_pipeline.stage_timings"
    )

    assert (3, 2000.015, 2, 1) == (rows[0]["runs"], round(rows[0]["seconds"], 3), rows[0]["second"], rows[0]["last"])


def test_a_crowd_is_kept_out() -> None:
    """No more than sixteen callers are served at the same time; who comes too late is hung up on, and others go on."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def answer() -> Answer:
        entered.release()
        assert leave.wait(PATIENCE_SECONDS)
        return Answer(200, b"{}")

    door = HttpDoor("127.0.0.1", 0, {"/": answer})
    address = f"http://127.0.0.1:{door.port}/"
    crowd = [threading.Thread(target=httpx.get, args=(address,), kwargs={"trust_env": False}) for _ in range(16)]
    try:
        for caller in crowd:
            caller.start()
            assert entered.acquire(timeout=PATIENCE_SECONDS)
        with pytest.raises(httpx.TransportError):
            httpx.get(address, trust_env=False)
        leave.set()
        for caller in crowd:
            caller.join(PATIENCE_SECONDS)
    finally:
        leave.set()
        door.close()


@pytest.mark.parametrize(
    ("host", "database", "expected"),
    [
        ("127.0.0.1", "postgresql://x@db/y", "127.0.0.1"),
        ("::1", "postgresql://x@db/y", "[::1]"),
        ("0.0.0.0", "postgresql://x@127.0.0.1:5432/y", "127.0.0.1"),  # noqa: S104 - as in a container
    ],
)
def test_a_worker_says_where_it_is_reached(host: str, database: str, expected: str) -> None:
    """An address to listen on everywhere is none to call; the one on the way to the database is."""
    assert expected == reached_at(host, database)
