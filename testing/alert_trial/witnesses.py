"""Who has to notice: the monitoring itself, its page in a browser, and Prometheus with the rules of our catalogue."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import httpx
from playwright.async_api import Page, async_playwright

from accessa.stack.ports import any_free_port
from alert_trial.site import Site

RULES = Path(__file__).parents[2] / "monitoring" / "prometheus" / "alerts.rules.yml"
_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


class Witness(Protocol):
    """Somebody who sees alerts."""

    name: str

    async def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""


class Monitoring:
    """The built-in evaluator, asked over HTTP."""

    name = "monitoring"

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def alerts(self) -> list[dict[str, object]]:
        """Return everything that is told of the alerts that are active."""
        answer = (await self._client.get("/api/alerts")).raise_for_status().json()
        return list(answer["active"] if isinstance(answer, dict) else answer)

    async def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return {str(alert["name"]) for alert in await self.alerts() if alert["state"] == "firing"}


class Browser:
    """The page, as a person sees it."""

    name = "page"

    def __init__(self, page: Page) -> None:
        self._page = page

    async def firing(self) -> set[str]:
        """Return the names of the alerts that the page shows as firing."""
        names = await self._page.eval_on_selector_all(
            "[data-alert][data-state=firing]", "(all) => all.map((one) => one.dataset.alert)"
        )
        return set(names)

    async def picture(self, path: Path) -> None:
        """Keep what the page looks like now."""
        await self._page.screenshot(path=str(path), full_page=True)


class Prometheus:
    """A real one, which scrapes the same services and has the rules that are made of our catalogue."""

    name = "Prometheus"

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        alerts = (await self._client.get("/api/v1/alerts")).raise_for_status().json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


@contextlib.asynccontextmanager
async def open_witnesses(site: Site, worker_port: int) -> AsyncIterator[tuple[Monitoring, Browser, Prometheus | None]]:
    """Open all three; without Prometheus on the PATH there are two."""
    url = site.ground.addresses["MONITORING_URL"]
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=5))
        browser = await stack.enter_async_context(_page(url))
        prometheus = None
        if shutil.which("prometheus"):
            address = await stack.enter_async_context(_prometheus(site, worker_port))
            prometheus = Prometheus(await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=5)))
        yield Monitoring(client), Browser(browser), prometheus


@contextlib.asynccontextmanager
async def _page(url: str) -> AsyncIterator[Page]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        await page.goto(url)
        yield page
        await browser.close()


@contextlib.asynccontextmanager
async def _prometheus(site: Site, worker_port: int) -> AsyncIterator[str]:
    addresses = site.ground.addresses
    targets = {
        "monitoring": addresses["MONITORING_URL"],
        "api-server": addresses["API_URL"],
        "supabase-storage": addresses["STORAGE_URL"],
        "mock-openai": addresses["OPENAI_URL"],
        "mock-llamaparse": addresses["LLAMAPARSE_URL"],
        "base-worker": f"http://127.0.0.1:{worker_port}",
    }
    hosts = {name: url.split("://", 1)[1].split("/", 1)[0] for name, url in targets.items()}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": name, "static_configs": [{"targets": [host]}]} for name, host in hosts.items()],
    }
    with tempfile.TemporaryDirectory(prefix="accessa-trial-") as folder:
        file = Path(folder) / "prometheus.yml"
        file.write_text(json.dumps(config))  # JSON is YAML
        port = any_free_port()
        command = [
            *("prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder}/data"),
            *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"),
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            await _answers(f"{address}/-/ready")
            yield address
        finally:
            process.terminate()
            process.wait(20)


async def _answers(url: str) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(30):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.1)
