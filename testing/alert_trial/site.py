"""The ground of the trial: a stack of its own, on a small disk, and workers to command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from accessa.bench.worker_processes import WorkerProcesses
from accessa.drill.ground import Ground, own_ground
from accessa.settings import load_settings
from accessa.stack import read_state
from accessa.stack.plan import Service, read_plan
from accessa.stack.service_table import WORKER, Blueprint, local_services

#: Patience that a person would not have: what takes minutes takes seconds.
TUNING = {
    "WORKER_LEASE_SECONDS": "6",
    "WORKER_POLL_SECONDS": "0.3",
    "WORKER_BACKOFF_SECONDS": "0.5",
    "WORKER_BACKOFF_MAX_SECONDS": "3",
    "WORKER_DRAIN_SECONDS": "3",
    "LLAMAPARSE_POLL_SECONDS": "2",
    "LLAMAPARSE_POLL_MAX_SECONDS": "2",
    "PROVIDER_OPEN_SECONDS": "2",
    "PROVIDER_OPEN_MAX_SECONDS": "3",
    "PROVIDER_REFUSED_SECONDS": "5",
    "BUDGET_LOOK_AGAIN_SECONDS": "2",
    "CANARY_EVERY_SECONDS": "0",
    "MOCK_OPENAI_DELAY": "0",
    "MOCK_LLAMAPARSE_DELAY": "0.2",
    "MOCK_OPENAI_FAILURE_RATE": "0",
    "MOCK_LLAMAPARSE_FAILURE_RATE": "0",
    "MOCK_LLAMAPARSE_WEBHOOK_RETRY_WAITS": "[0.5]",
}
DISK_MEGABYTES = 48


@dataclass(slots=True)
class Site:
    """Everything that a fault may touch."""

    ground: Ground
    workers: WorkerProcesses
    api: httpx.AsyncClient
    disk: Path | None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def upload(self, count: int, kind: str = "md") -> list[dict[str, Any]]:
        """Upload so many documents that nobody has seen before."""
        answers = []
        for _ in range(count):
            words = uuid4().hex
            page = f"<html><body><h1>{words}</h1><p>A page about {words}.</p></body></html>"
            text = f"# {words}\n\nA text about {words}.\n"
            file = (f"{words}.{kind}", (page if kind == "html" else text).encode())
            answers.append((await self.api.post("/documents", files={"file": file})).raise_for_status().json())
        return answers

    async def until_ended(self, answers: list[dict[str, Any]], seconds: float = 60) -> None:
        """Wait until jobs have ended, one way or another."""
        async with asyncio.timeout(seconds):
            for answer in answers:
                while (await self.api.get(f"/jobs/{answer['job_id']}")).json()["completed_at"] is None:
                    await asyncio.sleep(0.2)

    async def play(self, simulator: str, *faults: dict[str, Any]) -> None:
        """Have a simulator play faults, or none."""
        url = self.ground.addresses[{"openai": "OPENAI_URL", "llamaparse": "LLAMAPARSE_URL"}[simulator]]
        root = url.removesuffix("/").removesuffix("/v1")
        async with httpx.AsyncClient(base_url=root, timeout=10) as client:
            (await client.patch("/_control", json={"faults": list(faults)})).raise_for_status()

    async def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Run a statement on the stack's database."""
        connection = await asyncpg.connect(self.ground.addresses["DATABASE_URL"])
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()

    def pid_of(self, name: str) -> int | None:
        """Return the process of a service now."""
        state = read_state(self.ground.stack)
        return next((each.pid for each in state.services if each.name == name), None) if state else None

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a service of the stack."""
        pid = self.pid_of(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def again_and_again(self, act: Callable[[], None], pause: float) -> None:
        """Do something until the fault is repaired."""

        async def go_on() -> None:
            while True:
                act()
                await asyncio.sleep(pause)

        self.tasks.append(asyncio.create_task(go_on()))

    async def stop_doing(self) -> None:
        """End what is done again and again."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()

    async def new_workers(self, count: int = 1, **extra: str) -> None:
        """Replace all workers by others under these settings."""
        await asyncio.to_thread(self.workers.stop)
        await self.workers.start(count, extra)


@contextlib.asynccontextmanager
async def open_site(tell: Callable[[str], None]) -> AsyncIterator[Site]:
    """Start the stack, without a worker; everything is stopped and removed at the end."""
    settings = load_settings()
    disk: list[Path] = []

    def table(plan: Blueprint) -> list[Service]:
        if _mount(Path(plan.folder("storage"))):
            disk.append(Path(plan.folder("storage")))
        tuned = replace(plan, environment=plan.environment | TUNING)
        return [service for service in local_services(tuned) if not service.name.startswith(WORKER)]

    with contextlib.ExitStack() as stack:
        stack.callback(_unmount, disk)
        ground = stack.enter_context(own_ground(settings, 1, tell, table=table, tuning=TUNING))
        plan = read_plan(ground.places.plan)
        workers = WorkerProcesses(ground, plan.environment | TUNING)
        stack.callback(workers.stop)
        headers = {"X-User-Id": str(uuid4())}
        async with httpx.AsyncClient(base_url=ground.addresses["API_URL"], headers=headers, timeout=30) as api:
            yield Site(ground, workers, api, disk[0] if disk else None)


def _mount(folder: Path) -> bool:
    """Give the storage a small disk of its own, which takes root on Linux; False where that cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _unmount(folders: list[Path]) -> None:
    for folder in folders:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
