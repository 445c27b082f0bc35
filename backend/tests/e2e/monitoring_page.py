"""A monitoring process, told of by webhook, and its page in a browser without a window."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from backend.tests.house import served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accessa.observe.alerts.packaged import catalogue_text

playwright = pytest.importorskip("playwright.async_api", reason="The browser tests need the package playwright.")
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if _CHROMIUM is None:
    pytest.skip("The browser tests need Chromium or Chrome on the PATH.", allow_module_level=True)

expect = playwright.expect
_PATIENCE_MS = 15_000
expect.set_options(timeout=_PATIENCE_MS)
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_FLAGS += ["--disable-component-update", "--disable-sync"]
_HASTY = re.compile(r"(?m)(- name: (?:NoWorker|WorkerSilent|DatabaseDown)\n(?: {4}.*\n)*? {4}for: )\w+")
# Every visible text must stand out from what lies behind it by the ratio that WCAG asks for normal text.
PALE_TEXTS = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, place) => sum + v * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pale = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("script")) continue;
    const [high, low] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < 4.5) pale.push(walker.currentNode.data);
  }
  return pale;
}"""

# Fields known by a key are drawn in one order after the other, among others that come and go.
DRAWN_ANEW = """async () => {
  const { draw, element } = await import("/static/js/dom.js");
  const field = (key) => element("p", { "data-key": key }, element("input", { name: key }));
  const show = (keys) => draw("failures", ...[...keys].map(field), "the end");
  show("abc");
  const typed = document.querySelector("[name=c]");
  typed.focus();
  typed.value = "half a word";
  const shown = ["bca", "xabc", "cb", "ayc"].map((keys) => {
    show(keys);
    const fields = [...document.querySelectorAll("#failures input")];
    return fields.map((one) => one === document.activeElement ? one.value : one.name).join(" ");
  });
  return [...shown, document.getElementById("failures").lastChild.data];
}"""


@dataclass
class Notices:
    """Keeps what the monitoring sends to the webhook at `url`, as `alert.firing NoWorker`."""

    url: str = ""
    told: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which a monitoring tells of everything here, at once."""
        secret = f"whsec_{b64encode(bytes(24)).decode()}"
        at_once = {"ALERT_WAIT_SECONDS": "0", "ALERT_PAUSE_SECONDS": "0"}
        return {"ALERT_WEBHOOK_URL": self.url, "ALERT_WEBHOOK_SECRET": secret, **at_once}

    async def take(self, request: Request) -> Response:
        """Keep a notice."""
        body = await request.json()
        self.told.append(f"{body['type']} {body['data']['alert']}")
        return Response(status_code=204)

    async def until(self, notice: str, count: int) -> None:
        """Wait until a notice has come so often."""
        async with asyncio.timeout(_PATIENCE_MS / 1000):
            while self.told.count(notice) < count:
                await asyncio.sleep(0.02)


@contextmanager
def noticing() -> Iterator[Notices]:
    """Receive notices while the block lasts."""
    notices = Notices()
    with served(Starlette(routes=[Route("/", notices.take, methods=["POST"])])) as url:
        notices.url = f"{url}/"
        yield notices


async def run(url: str, *statements: str) -> None:
    """Run statements on a database."""
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def listening_address(process: asyncio.subprocess.Process) -> str:
    """Wait until a monitoring listens, and return its address."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if found := re.search(rb"running on (http://[\d.:]+)", line):
                return found[1].decode()
    raise AssertionError("the service ended before it listened")


async def start(home: Path, settings: dict[str, str], port: int = 0) -> asyncio.subprocess.Process:
    """Start a monitoring with the alerts of the catalogue, of which those that are tested here fire at once."""
    alerts = home / "alerts.yaml"
    alerts.write_text(_HASTY.sub(r"\g<1>0s", catalogue_text()))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "accessa.apps.monitor.main", "--port", str(port)),
        cwd=home,
        env={"PATH": os.environ["PATH"], "ACCESSA_HOME": str(home), "ALERT_FILE": str(alerts), **settings},
        stdout=asyncio.subprocess.PIPE,
    )


async def stop(process: asyncio.subprocess.Process) -> None:
    """End a monitoring."""
    process.terminate()
    await process.communicate()


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """Run a Chromium while the block lasts."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        await browser.close()


async def open_page(browser: Any, address: str, **options: Any) -> tuple[Any, list[str]]:
    """Open the page of the whole system, and return it with what it is to be blamed for, which is kept up to date."""
    page = await browser.new_page(**options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if _is_foreign(request.url, address) else None)
    await page.goto(address)
    await expect(page.locator("#pipeline [data-status]")).to_have_count(13)
    return page, complaints


def _is_foreign(url: str, address: str) -> bool:
    return urlsplit(url).netloc != urlsplit(address).netloc


async def settled(page: Any) -> None:
    """Wait until no alert of an earlier test's rows fires any more."""
    await expect(page.locator("#banner")).to_have_text("All is well.", timeout=60_000)
