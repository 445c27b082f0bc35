"""Who has to notice: the monitoring itself, its page in a browser, and Prometheus with the rules of our catalogue."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import httpx
from playwright.async_api import Page, async_playwright

from alert_trial.site import Site
from own_prometheus import discovering, prometheus

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
    """A real one, which finds the services as a team's own would and has the rules that are made of our catalogue."""

    name = "Prometheus"

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        alerts = (await self._client.get("/api/v1/alerts")).raise_for_status().json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


@contextlib.asynccontextmanager
async def open_witnesses(site: Site) -> AsyncIterator[tuple[Monitoring, Browser, Prometheus | None]]:
    """Open all three; without Prometheus on the PATH there are two."""
    url = site.ground.addresses["MONITORING_URL"]
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=5))
        browser = await stack.enter_async_context(_page(url))
        third = None
        if shutil.which("prometheus"):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="accessa-trial-")))
            third = Prometheus(await stack.enter_async_context(prometheus(discovering(url), folder)))
        yield Monitoring(client), Browser(browser), third


@contextlib.asynccontextmanager
async def _page(url: str) -> AsyncIterator[Page]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        await page.goto(url)
        yield page
        await browser.close()
