"""The monitoring service as a process: JSON lines on standard output, an orderly end, a clear refusal."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import orjson

_START_SECONDS = 30
_STOP_SECONDS = 10


async def _start(folder: Path, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "accessa.apps.monitor.main", "--port", "0"),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(_START_SECONDS):
        async for line in process.stdout:
            if found := re.search(rb"running on (http://127\.0\.0\.1:\d+)", line):
                return found[1].decode()
    raise AssertionError("the service ended before it listened")


async def _rest(process: asyncio.subprocess.Process) -> list[dict[str, object]]:
    async with asyncio.timeout(_STOP_SECONDS):
        output, _ = await process.communicate()
    return [orjson.loads(line) for line in output.splitlines()]


async def test_the_service_ends_in_order_on_sigterm(tmp_path: Path) -> None:
    """With a client still connected, SIGTERM ends the process with code 0 and its last lines are JSON."""
    process = await _start(tmp_path, DATABASE_URL="postgresql://postgres:hidden@127.0.0.1:1/absent")
    try:
        async with httpx.AsyncClient(base_url=await _address(process), trust_env=False) as client:
            health = await client.get("/health")
            overview = await client.get("/api/overview")
            metrics = await client.get("/metrics")
            process.send_signal(signal.SIGTERM)
            lines = await _rest(process)
    finally:
        if process.returncode is None:
            process.kill()

    assert ({"status": "ok"}, ["Postgres does not answer."]) == (
        health.json(),
        [line for line in overview.json()["verdict"]["sentences"] if line.startswith("Postgres")],
    )
    assert {"accessa_database_up 0.0", 'accessa_service_up{service="postgres"} 0.0'} <= set(metrics.text.splitlines())
    assert "accessa_jobs" not in metrics.text
    assert {"monitoring"} == {line["service"] for line in lines}
    assert "hidden" not in repr(lines)
    assert process.returncode == 0


async def test_without_a_database_address_the_service_does_not_start(tmp_path: Path) -> None:
    """A missing DATABASE_URL ends the process with code 2 and one line that names the setting."""
    process = await _start(tmp_path)
    lines = await _rest(process)

    assert (2, ["SETTINGS_INVALID"]) == (process.returncode, [line["code"] for line in lines])
    assert "DATABASE_URL is missing" in str(lines[0]["message"])
