"""A Prometheus as a team would run its own beside a stack: with the configuration that we ship."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from accessa.stack.ports import any_free_port

FOLDER = Path(__file__).parents[1] / "monitoring" / "prometheus"
RULES = FOLDER / "alerts.rules.yml"
SHIPPED = FOLDER / "prometheus.local.yml"
EACH_SECOND = {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
_START_SECONDS = 30


def discovering(monitoring: str) -> dict[str, Any]:
    """Return what we ship, for the monitoring at this address and with a look each second."""
    shipped: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    [job] = shipped["scrape_configs"]
    [discovery] = job["http_sd_configs"]
    discovery |= {"url": f"{monitoring}/api/targets", "refresh_interval": "1s"}
    return shipped | {"global": EACH_SECOND, "rule_files": [str(RULES)]}


@contextlib.asynccontextmanager
async def prometheus(
    configuration: dict[str, Any], folder: Path, program: str = "prometheus"
) -> AsyncIterator[httpx.AsyncClient]:
    """Run a Prometheus on a free port while the block lasts, with its data in `folder`; yield a client of it."""
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(configuration), encoding="utf-8")  # JSON is YAML
    port = any_free_port()
    command = [
        *(program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False) as client:
            await _until_ready(client)
            yield client
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get("/-/ready")).is_success:
                    return
            await asyncio.sleep(0.1)
