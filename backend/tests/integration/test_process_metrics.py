"""What every process tells at /metrics after documents went through and faults struck."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asgi_lifespan import LifespanManager
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House, Outside
from backend.tests.integration.exposed import label_values, names_of, scrape, value_of
from backend.tests.programs import metrics_faults
from backend.tests.simulators import Simulator, new_word, page
from pydantic import SecretStr

from accessa.apps.api.app import create_app
from accessa.apps.api.metrics import READ_METRICS
from accessa.domain.addresses import trust_for
from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import RecoverableError, TransientError
from accessa.domain.statuses import MOVES
from accessa.providers.call_metrics import measured
from accessa.settings import DatabaseSettings
from accessa.telemetry.exposition import exposition
from accessa.telemetry.metric_names import Exporter
from metrics_table import of_processes, told_by
from mock_providers.llamaparse import fault_kinds as parse_faults
from mock_providers.openai import fault_kinds as embed_faults

_LOST = "accessa_leases_lost_total"
WEBHOOK = "/webhooks/llamaparse/nobodys-locator"


@pytest.fixture
async def parser(outside: Outside) -> AsyncIterator[Simulator]:
    """The parse simulator, without faults before and after."""
    simulator = Simulator(outside, "llamaparse")
    await simulator.play()
    yield simulator
    await simulator.play()


@dataclass
class Told:
    """The addresses of all processes of a house while its worker runs."""

    addresses: dict[str, str]

    async def text(self, process: str) -> str:
        """Return what one of them tells."""
        return await scrape(self.addresses[process])


@asynccontextmanager
async def told(house: House, **changes: Any) -> AsyncIterator[Told]:
    """Run a worker, and know where all processes tell their metrics."""
    async with house.worker(heartbeat_seconds=0.05, **changes):
        yield Told(
            {
                "api-server": str(house.api.base_url),
                "base-worker": await _worker_address(house),
                "supabase-storage": house.outside.storage,
                "mock-llamaparse": house.outside.llamaparse,
                "mock-openai": house.outside.openai,
            }
        )


async def _worker_address(house: House) -> str:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (rows := await house.rows("SELECT metrics_url FROM upload_pipeline.workers WHERE state = 'running'")):
            await asyncio.sleep(LOOK_SECONDS)
    return str(rows[0]["metrics_url"]).removesuffix("/metrics")


async def test_all_that_is_told_is_described_and_all_that_is_described_is_told(
    house: House, embedder: Simulator, parser: Simulator
) -> None:
    """After one document and one fault of each kind, page and processes agree, and every label stays bounded."""
    await embedder.play({"kind": "server_error", "times": 3}, {"kind": "rate_limit", "times": 1, "value": 0})
    await parser.play({"kind": "bad_gateway", "times": 1}, {"kind": "wrong_signature", "times": 1})
    async with told(house) as processes:
        jobs = [(await house.upload(page(new_word()), "page.html"))["job_id"] for _ in range(2)]
        refused = await house.api.post("/documents", files={"file": ("x.exe", b"MZ\x00\x00")})
        ended = [await house.ended(job_id) for job_id in jobs]
        # Once more, as a scrape counts itself only when it is over.
        texts = [{name: await processes.text(name) for name in processes.addresses} for _ in range(2)][1]

    assert (["complete", "complete"], 415) == ([job["status"] for job in ended], refused.status_code)
    expected = {name: {one.name for one in of_processes() if name in told_by(one)} for name in texts}
    of_the_system = {metric.name for metric in READ_METRICS}
    assert expected == {process: names_of(text) - of_the_system for process, text in texts.items()}
    assert dict.fromkeys(texts, "") == {name: metrics_faults(text.encode()) for name, text in texts.items()}
    stages = {move.stage for move in MOVES}
    assert {"done", "waiting", "failed", "ok", "error", "limited"} <= label_values(texts.values(), "outcome")
    assert label_values([texts["base-worker"]], "stage") <= stages
    assert label_values(texts.values(), "code") <= set(CATALOGUE)
    routes = label_values([texts["api-server"]], "route")
    assert "/jobs/{subject}" in routes
    assert not [route for route in routes if any(job_id in route for job_id in jobs)]
    assert label_values(texts.values(), "kind") <= parse_faults.ALL | embed_faults.ALL | {"failure_rate"}
    assert not {text for text in texts.values() if "page.html" in text or str(house.api.headers["X-User-Id"]) in text}


async def test_deliveries_are_counted_by_what_became_of_them(house: House, parser: Simulator) -> None:
    """Accepted, repeated, wrongly signed, stray, wrong and too large deliveries each have their own series."""
    await parser.play({"kind": "duplicate_webhook", "value": 2})

    async def counts() -> dict[str, float]:
        text = await scrape(str(house.api.base_url))
        found = {result: value_of(text, "accessa_webhooks_total", result=result) for result in ("accepted", "repeated")}
        reasons = ("bad_signature", "stray", "wrong_type", "too_large")
        return found | {reason: value_of(text, "accessa_webhooks_total", reason=reason) for reason in reasons}

    before = await counts()
    job_id = (await house.upload(page(new_word()), "a.html"))["job_id"]
    async with house.worker():
        await house.ended(job_id)
    json_type = {"Content-Type": "application/json"}
    [run] = await house.rows("SELECT locator FROM upload_pipeline.parse_runs WHERE job_id = $1::uuid", job_id)
    await house.api.post(f"/webhooks/llamaparse/{run['locator']}", content=b"{}", headers=json_type)
    await house.api.post(WEBHOOK, content=b"{}", headers=json_type)
    await house.api.post(WEBHOOK, content=b"{}", headers={"Content-Type": "text/plain"})
    await house.api.post(WEBHOOK, content=b" " * 300_000, headers=json_type)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (after := await counts())["repeated"] == before["repeated"]:
            await asyncio.sleep(LOOK_SECONDS)

    assert {"accepted": 1, "repeated": 1, "bad_signature": 1, "stray": 1, "wrong_type": 1, "too_large": 1} == {
        name: after[name] - before[name] for name in after
    }


async def test_uploads_are_counted_by_their_outcome(house: House) -> None:
    """A new file, a known one and a refused one raise three different series."""

    async def counts() -> dict[str, float]:
        text = await scrape(str(house.api.base_url))
        outcomes = ("accepted", "duplicate", "refused", "failed")
        return {outcome: value_of(text, "accessa_uploads_total", outcome=outcome) for outcome in outcomes}

    before = await counts()
    for _ in range(2):
        await house.upload(b"# Once\n\nand once more.", "once.md")
    await house.api.post("/documents", files={"file": ("x.exe", b"MZ\x00\x00")})
    after = await counts()

    assert {"accepted": 1, "duplicate": 1, "refused": 1, "failed": 0} == {
        name: after[name] - before[name] for name in after
    }


async def test_a_lost_lease_and_a_crash_are_counted_and_a_cancelled_job_is_not(
    house: House, embedder: Simulator
) -> None:
    """A job taken over under a worker's hands counts as lost, its next claim as a crash; a cancelled one does not."""
    await embedder.play({"kind": "slow_answer", "value": 1.0})
    async with told(house, lease_seconds=1.5) as processes:
        before = await processes.text("base-worker")
        taken, cancelled = [
            (await house.upload(f"# {new_word()}\n\nLost or not.".encode(), "a.md"))["job_id"] for _ in range(2)
        ]
        for job_id in (taken, cancelled):
            await house.until(job_id, lambda job: job["status"] == "embedding_in_progress")
        assert 200 == (await house.api.post(f"/jobs/{cancelled}/cancel")).status_code
        await house.rows(
            "UPDATE upload_pipeline.upload_jobs SET lease_owner = 'dead', lease_epoch = lease_epoch + 1,"
            " available_at = now() WHERE job_id = $1::uuid",
            taken,
        )
        await embedder.play()
        ended = await house.ended(taken)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while value_of(after := await processes.text("base-worker"), _LOST) == value_of(before, _LOST):
                await asyncio.sleep(LOOK_SECONDS)

    def rise(name: str, **labels: str) -> float:
        return value_of(after, name, **labels) - value_of(before, name, **labels)

    assert "complete" == ended["status"]
    assert (1, 1) == (rise(_LOST), rise("accessa_jobs_claimed_total", how="crashed"))
    assert 2 == rise("accessa_jobs_claimed_total", how="fresh")


async def test_a_parse_counts_by_what_found_it_and_by_its_price(house: House, parser: Simulator) -> None:
    """A parse whose webhook is lost is found by a poll; both cost, and the money is counted by provider."""
    async with told(house) as processes:
        before = await processes.text("base-worker")
        heard = (await house.upload(page(new_word()), "a.html"))["job_id"]
        await house.ended(heard)
        await parser.play({"kind": "lost_webhook"})
        await house.ended((await house.upload(page(new_word()), "b.html"))["job_id"])
        after = await processes.text("base-worker")
        lost = value_of(await processes.text("mock-llamaparse"), "mock_webhooks_total", result="lost")

    def rise(name: str, **labels: str) -> float:
        return value_of(after, name, **labels) - value_of(before, name, **labels)

    found = [rise("accessa_parses_collected_total", found_by=how) for how in ("webhook", "poll")]
    calls = await house.rows(
        "SELECT operation, sum(cost_usd)::float8 AS usd, coalesce(sum(tokens), 0) AS tokens"
        " FROM upload_pipeline.provider_calls GROUP BY operation ORDER BY operation"
    )
    costs = [rise("accessa_provider_cost_usd_total", operation=how) for how in ("embed", "parse")]
    assert [1, 1] == found
    assert [row["usd"] for row in calls] == pytest.approx(costs)
    assert calls[0]["tokens"] == rise("accessa_provider_tokens_total", provider="mock-openai") > 0
    assert lost >= 1


async def test_without_its_database_the_api_still_tells_of_itself(house: House) -> None:
    """A scrape during an outage is answered 200 with what the process knows; what the database knows is absent."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"postgresql://x@127.0.0.1:{nobody.getsockname()[1]}/x"
        lonely = house.with_settings(database=DatabaseSettings(url=SecretStr(address)).model_dump())
        app = create_app(lonely.settings)
        async with (
            LifespanManager(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lonely") as client,
        ):
            answer = await client.get("/metrics")
            ready = await client.get("/ready")

    assert 200 == answer.status_code
    assert {"accessa_build_info", "accessa_event_loop_lag_seconds", "accessa_database_pool_limit"} <= names_of(
        answer.text
    )
    assert "accessa_provider_circuit" not in names_of(answer.text)
    assert "ok" != ready.json()["checks"]["database"]
    assert "ok" == ready.json()["checks"]["settings"]


async def test_the_storage_tells_its_disk_and_whether_it_takes_files(house: House, outside: Outside) -> None:
    """Free room and size of the disk are told, operations by name, and readiness names the disk."""
    await house.upload(b"# Room\n\nfor one more.", "room.md")
    text = await scrape(outside.storage)
    async with httpx.AsyncClient(base_url=outside.storage, verify=trust_for(outside.storage)) as client:
        ready = await client.get("/ready")

    free, size = [value_of(text, f"accessa_storage_disk_{what}_bytes") for what in ("free", "size")]
    assert 0 < free <= size
    assert (200, {"catalogue": "ok", "disk": "ok"}) == (ready.status_code, ready.json()["checks"])
    assert value_of(text, "accessa_http_requests_total", method="POST", route="upload", status="200") >= 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (RecoverableError("EMBED_RATE_LIMITED", provider_status=429), "limited"),
        (RecoverableError("EMBED_UNAVAILABLE", provider_status=503), "error"),
        (RecoverableError("EMBED_REJECTED_KEY", provider_status=401), "refused"),
        (TransientError("EMBED_UNAVAILABLE", provider_body="ReadTimeout"), "timeout"),
        (RecoverableError("EMBED_UNAVAILABLE", provider_body="ConnectError"), "unreachable"),
        (asyncio.CancelledError(), "cut_short"),
    ],
)
def test_a_call_is_counted_by_how_it_ended(error: BaseException | None, outcome: str) -> None:
    """Each way in which a call can end is an outcome of its own."""
    provider = f"test-{uuid4().hex}"
    with suppress(BaseException), measured(provider, "embeddings.create"):
        _end_with(error)

    text = exposition(Exporter.WORKER).decode()
    labels = {"provider": provider, "operation": "embeddings.create", "outcome": outcome}
    assert 1 == value_of(text, "accessa_provider_request_duration_seconds_count", **labels)


def _end_with(error: BaseException | None) -> None:
    if error is not None:
        raise error
