"""A Prometheus with the configuration that we ship, beside a stack of processes: it finds each by itself."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS
from backend.tests.programs import require_program, running, said

from accessa.telemetry.metric_names import Exporter
from own_prometheus import discovering, prometheus

from .conftest import AS_CONTAINERS

if TYPE_CHECKING:
    from .conftest import Stack

Up = set[tuple[str, str]]


async def until_up(client: httpx.AsyncClient, is_so: Callable[[Up], bool]) -> Up:
    """Wait until every target is up and something is so about their jobs and addresses; return those."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            targets = (await client.get("/api/v1/targets?state=active")).json()["data"]["activeTargets"]
            found = {(target["labels"]["job"], target["labels"]["instance"]) for target in targets}
            if {"up"} == {target["health"] for target in targets} and is_so(found):
                return found
            await asyncio.sleep(LOOK_SECONDS)


@pytest.mark.skipif(AS_CONTAINERS, reason="Prometheus among containers finds them by their names.")
async def test_a_prometheus_beside_a_stack_finds_every_process(stack: Stack, tmp_path: Path) -> None:
    """All that runs is up as the job that the rules know, with a worker that came later, until that is stopped."""
    program = require_program("prometheus", package="prometheus")
    environment = stack.services_environment()
    monitoring = environment["ALERT_MONITOR_URL"]
    worker = (sys.executable, "-m", "accessa.apps.worker.main")
    async with prometheus(discovering(monitoring), tmp_path, program) as client:
        async with running(*worker, folder=tmp_path, **environment) as another:
            added = ("base-worker", await said(another, rb"http://(127\.0\.0\.1:\d+)/metrics"))
            before = await until_up(client, lambda found: added in found)
        after = await until_up(client, lambda found: added not in found)

    assert set(Exporter) == {job for job, _ in before} == {job for job, _ in after}
    assert ("monitoring", monitoring.removeprefix("http://")) in before
    assert {added} == before - after
