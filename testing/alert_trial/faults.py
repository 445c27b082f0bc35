"""The faults of the trial: how each is injected, which alert has to fire, and how it is repaired."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from alert_trial.site import DISK_MEGABYTES, Site

Act = Callable[[Site], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `visible_after` is how many seconds the sign takes, by its nature, to be seen by anybody."""

    name: str
    alert: str
    inject: Act
    repair: Act
    visible_after: float = 0.0
    resolves_within: float = 60.0


async def _one_worker(site: Site) -> None:
    await site.new_workers()


async def _no_worker(site: Site) -> None:
    await asyncio.to_thread(site.workers.stop)


async def _killed(site: Site) -> None:
    site.again_and_again(lambda: site.send("mock-openai", signal.SIGKILL), 0.3)


async def _hanging(site: Site) -> None:
    site.send("api-server", signal.SIGSTOP)


async def _awake(site: Site) -> None:
    site.send("api-server", signal.SIGCONT)


async def _webhooks_lost(site: Site) -> None:
    await site.play("llamaparse", {"kind": "lost_webhook"})
    await site.upload(2, "html")


async def _wrong_secret(site: Site) -> None:
    await site.play("llamaparse", {"kind": "wrong_secret"})
    await site.upload(2, "html")


async def _webhooks_come(site: Site) -> None:
    await site.play("llamaparse")
    await site.until_ended(await site.upload(2, "html"))


def _embedding_fails(**fault: object) -> Act:
    async def inject(site: Site) -> None:
        await site.play("openai", fault)
        site.again_and_again(lambda: None, 1)
        await site.upload(8)

    return inject


async def _embedding_works(site: Site) -> None:
    await site.play("openai")
    await site.until_ended(await site.upload(1))


async def _database_restarts(site: Site) -> None:
    site.send("postgres", signal.SIGKILL)


async def _slow_stage(site: Site) -> None:
    await site.rows(
        "INSERT INTO upload_pipeline.stage_baselines (stage, runs, mean_seconds, p95_seconds)"
        " VALUES ('embed_batches', 1000, 0.1, 0.2) ON CONFLICT DO NOTHING"
    )
    await site.play("openai", {"kind": "slow_answer", "value": 3})
    for _ in range(8):
        await site.upload(1)
        await asyncio.sleep(0.3)


async def _quick_stage(site: Site) -> None:
    await site.play("openai")
    for _ in range(40):
        await site.upload(1)
        await asyncio.sleep(0.1)


async def _poison(site: Site) -> None:
    """Have each worker die of the document; a person, or a platform, starts the next one."""

    async def deaths() -> None:
        while True:
            site.workers.kill()
            await site.workers.start(1, {"FAILPOINTS": "store_chunks.before_effect=kill"})
            await asyncio.sleep(1)

    await asyncio.to_thread(site.workers.stop)
    await site.upload(1)
    site.tasks.append(asyncio.create_task(deaths()))


async def _poison_replayed(site: Site) -> None:
    await site.new_workers()
    failed = (await site.api.get("/jobs/failed", params={"code": "WORKER_CRASHED"})).json()
    for group in failed["groups"]:
        (await site.api.post(f"/jobs/{group['sample_job_id']}/retry")).raise_for_status()


async def _stuck_lease(site: Site) -> None:
    """Freeze the only worker while it has a document in hand."""
    await site.play("openai", {"kind": "slow_answer", "value": 30})
    answers = await site.upload(1)
    async with asyncio.timeout(20):
        while not await site.rows(
            "SELECT FROM upload_pipeline.upload_jobs WHERE job_id = $1 AND status = 'embedding_in_progress'"
            " AND lease_owner IS NOT NULL",
            answers[0]["job_id"],
        ):
            await asyncio.sleep(0.1)
    site.workers.hold()


async def _lease_freed(site: Site) -> None:
    await site.play("openai")
    site.workers.let_go()


async def _disk_full(site: Site) -> None:
    if site.disk is None:
        raise NotImplementedError("a small disk for the storage takes root on Linux")
    filler = site.disk / "filler"
    free = shutil.disk_usage(site.disk).free
    filler.write_bytes(bytes(max(0, free - DISK_MEGABYTES * 2_000)))


async def _disk_free(site: Site) -> None:
    if site.disk is not None:
        (site.disk / "filler").unlink()


async def _clock_skewed(site: Site) -> None:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        raise NotImplementedError("a clock that is wrong takes the package faketime")
    await site.new_workers(
        LD_PRELOAD=str(library), FAKETIME="+90s", FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1"
    )


async def _storage_down(site: Site) -> None:
    site.send("supabase-storage", signal.SIGSTOP)


async def _storage_back(site: Site) -> None:
    site.send("supabase-storage", signal.SIGCONT)


async def _schema_behind(site: Site) -> None:
    await site.rows("UPDATE public.accessa_alembic_version SET version_num = '0006'")


async def _schema_fits(site: Site) -> None:
    await site.rows("UPDATE public.accessa_alembic_version SET version_num = '0007'")


async def _loop_blocked(site: Site) -> None:
    await site.new_workers(FAILPOINTS="store_chunks.before_effect=delay:3")
    await site.upload(4)


async def _budget_reached(site: Site) -> None:
    await site.new_workers(BUDGET_DAY_USD="0.000000001")
    await site.upload(1)


async def _parses_stuck(site: Site) -> None:
    await site.play("llamaparse", {"kind": "stuck"})
    await site.upload(3, "html")


async def _parses_go_on(site: Site) -> None:
    """Give up what will never be finished; the next parse is collected."""
    await site.play("llamaparse")
    for row in await site.rows("SELECT job_id FROM upload_pipeline.upload_jobs WHERE status = 'parse_queued'"):
        (await site.api.post(f"/jobs/{row['job_id']}/cancel")).raise_for_status()
    await site.until_ended(await site.upload(1, "html"))


async def _file_vanishes(site: Site) -> None:
    if site.disk is None:
        raise NotImplementedError("a disk for the storage takes root on Linux")
    await asyncio.to_thread(site.workers.stop)
    objects = site.disk / "objects"
    before = set(objects.iterdir())
    await site.upload(1)
    for file in set(objects.iterdir()) - before:
        file.unlink()
    await site.new_workers()


async def _lost_document_deleted(site: Site) -> None:
    failed = (await site.api.get("/jobs/failed", params={"code": "SOURCE_MISSING"})).json()
    for group in failed["groups"]:
        job = (await site.api.get(f"/jobs/{group['sample_job_id']}")).json()
        (await site.api.delete(f"/documents/{job['document_id']}")).raise_for_status()


FAULTS = (
    Fault("no worker started", "NoWorker", _no_worker, _one_worker),
    Fault("service killed, again and again", "ServiceRestarting", _killed, _one_worker, resolves_within=180),
    Fault("service hangs", "ServiceDown", _hanging, _awake),
    Fault("all webhooks lost", "WebhooksLost", _webhooks_lost, _webhooks_come, visible_after=3),
    Fault("wrong webhook secret", "WebhooksRejected", _wrong_secret, _webhooks_come, resolves_within=180),
    Fault("provider finishes no parse", "ParsesStuck", _parses_stuck, _parses_go_on, visible_after=125),
    Fault("provider answers 429", "ProviderLimited", _embedding_fails(kind="rate_limit", value=20), _embedding_works),
    Fault("provider answers 5xx", "ProviderDown", _embedding_fails(kind="server_error"), _embedding_works),
    Fault("provider has no more money", "ProviderOutOfMoney", _embedding_fails(kind="quota"), _embedding_works),
    Fault("database restarts", "DatabaseRestarted", _database_restarts, _one_worker, resolves_within=180),
    Fault("slow stage", "StageSlow", _slow_stage, _quick_stage, visible_after=15, resolves_within=180),
    Fault("poison document", "PoisonDocument", _poison, _poison_replayed, visible_after=40),
    Fault("stuck lease", "LeaseStuck", _stuck_lease, _lease_freed, visible_after=21),
    Fault("disk full", "DiskFull", _disk_full, _disk_free),
    Fault("clock skew", "ClockSkew", _clock_skewed, _one_worker),
    Fault(
        "stored file vanishes",
        "StoredFileMissing",
        _file_vanishes,
        _lost_document_deleted,
        visible_after=20,
        resolves_within=180,
    ),
    Fault("storage down", "StorageDown", _storage_down, _storage_back),
    Fault("schema behind", "SchemaBehind", _schema_behind, _schema_fits),
    Fault("event loop blocked", "LoopBlocked", _loop_blocked, _one_worker, visible_after=5, resolves_within=120),
    Fault("budget reached", "BudgetReached", _budget_reached, _one_worker, visible_after=3),
)
