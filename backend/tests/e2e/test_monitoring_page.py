"""The monitoring page in a real browser, over a real service and a real Postgres."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
import pytest
import pytest_asyncio

playwright = pytest.importorskip("playwright.async_api", reason="The browser tests need the package playwright.")
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if _CHROMIUM is None:
    pytest.skip("The browser tests need Chromium or Chrome on the PATH.", allow_module_level=True)

# The browser lives on the module's event loop, since its start takes seconds.
pytestmark = pytest.mark.asyncio(loop_scope="module")
_PATIENCE_MS = 15_000
_LIVE_MS = 2_000
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_FLAGS += ["--disable-component-update", "--disable-sync"]
_TOKEN = "a-token-of-the-tests-that-is-long-enough"
_SEED_WORKER = """
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, version, heartbeat_at)
VALUES ('worker-of-the-page', 'host', 4711, 'running', '0.1.0', now() + interval '1 hour')
"""
_EMPTY = "DELETE FROM upload_pipeline.documents; DELETE FROM upload_pipeline.workers"
_SEED_DEAD_WORKERS = """
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, version, jobs_in_hand, heartbeat_at)
SELECT 'dead-' || number, 'host', number, 'running', '0.1.0', 4, now() - make_interval(secs => 60 + number)
FROM generate_series(1, 5) AS number
"""
_SEED_FAILURE = """
WITH document AS (
    INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
    SELECT gen_random_uuid(), gen_random_uuid(), 'private.pdf', 'application/pdf', 1, repeat('a', 64), 'storage://raw/x'
    RETURNING document_id, user_id
)
INSERT INTO upload_pipeline.upload_jobs (job_id, user_id, document_id, raw_path)
SELECT gen_random_uuid(), user_id, document_id, 'storage://raw/x' FROM document
"""
_FAIL = """
UPDATE upload_pipeline.upload_jobs
SET status = 'failed_parse', last_error = '{"code": "NEEDS_OCR", "message": "The pages hold no <b>text</b>."}'
"""
# Every visible text must stand out from what lies behind it by the ratio that WCAG asks for normal text.
_PALE_TEXTS = """() => {
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
_DRAWN_ANEW = """async () => {
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


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def _listening_address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if found := re.search(rb"running on (http://[\d.:]+)", line):
                return found[1].decode()
    raise AssertionError("the service ended before it listened")


async def _start(home: Path, *options: str, **variables: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "accessa.apps.monitor.main", *options),
        cwd=home,
        env={"PATH": os.environ["PATH"], "ACCESSA_HOME": str(home), **variables},
        stdout=asyncio.subprocess.PIPE,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    await process.communicate()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[str]:
    """The address of a running monitoring service."""
    home = tmp_path_factory.mktemp("monitoring")
    services = [{"name": "base-worker", "state": "healthy", "url": None, "pid": 4711, "restarts": 2}]
    (home / "stack.json").write_bytes(orjson.dumps({"services": services}))
    process = await _start(home, "--port", "0", DATABASE_URL=shared_database_url)
    try:
        yield await _listening_address(process)
    finally:
        await _stop(process)


@pytest_asyncio.fixture(loop_scope="module")
async def monitor(service: str, shared_database_url: str) -> str:
    """The address of the monitoring service when there is one living worker and no document."""
    await _run(shared_database_url, _EMPTY, _SEED_WORKER)
    return service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    """A Chromium without a window, which each test gives a profile of its own."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        await browser.close()


def _is_foreign(url: str, address: str) -> bool:
    return urlsplit(url).netloc != urlsplit(address).netloc


async def _open(browser: Any, address: str, **options: Any) -> tuple[Any, list[str]]:
    page = await browser.new_page(**options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if _is_foreign(request.url, address) else None)
    await page.goto(address)
    await playwright.expect(page.locator("#pipeline [data-status]")).to_have_count(13, timeout=_PATIENCE_MS)
    return page, complaints


async def _settled(page: Any) -> None:
    """Wait until no alert of an earlier test's rows fires any more."""
    await playwright.expect(page.locator("#banner")).to_have_text("All is well.", timeout=60_000)


async def test_the_page_tells_what_happens_within_two_seconds(
    browser: Any, monitor: str, shared_database_url: str
) -> None:
    """An upload and its failure show without a reload: count, cause, command, and a link to the document."""
    page, complaints = await _open(browser, monitor)
    await _settled(page)
    await page.evaluate("window.stayed = true")

    await _run(shared_database_url, _SEED_FAILURE)
    await playwright.expect(page.locator("[data-status=uploaded] .count")).to_have_text("1", timeout=_LIVE_MS)
    await _run(shared_database_url, _FAIL)
    await playwright.expect(page.locator("#banner")).to_contain_text("1 job failed", timeout=_PATIENCE_MS)
    await playwright.expect(page.locator("[data-status=failed_parse] b")).to_have_text("1", timeout=_PATIENCE_MS)
    row = page.locator("#failures tbody tr")
    await playwright.expect(row).to_contain_text("NEEDS_OCR", timeout=_PATIENCE_MS)

    assert "private.pdf" not in await page.content()
    assert (True, []) == (await page.evaluate("window.stayed"), complaints)
    await row.locator("a").first.click()
    await playwright.expect(page.locator("#banner")).to_contain_text("The pages hold no <b>text</b>.")
    assert [] == complaints


async def test_a_document_is_found_by_any_of_its_ids(browser: Any, monitor: str, shared_database_url: str) -> None:
    """Typed into the field, the id of the job, of the document or the correlation id leads to the same page."""
    await _run(shared_database_url, _SEED_FAILURE)
    connection = await asyncpg.connect(shared_database_url)
    job = await connection.fetchrow("SELECT job_id, document_id, correlation_id FROM upload_pipeline.upload_jobs")
    await connection.close()
    page, complaints = await _open(browser, monitor)

    for subject in map(str, job.values()):
        await page.locator("#subject").fill(subject)
        await page.locator("#search button").click()
        await page.wait_for_url(f"**/document/{subject}")
        await playwright.expect(page.locator("#facts")).to_contain_text(str(job["job_id"]), timeout=_PATIENCE_MS)
    await page.locator("#subject").fill("a name")
    await page.locator("#search button").click()

    await playwright.expect(page.locator("#search-trouble")).to_contain_text("That is no id.")
    assert [] == complaints


async def test_an_alert_that_fires_is_shown_with_what_to_do(
    browser: Any, monitor: str, shared_database_url: str
) -> None:
    """Without a worker the alert stands on the page with its command and a runbook that opens; it goes by itself."""
    page, complaints = await _open(browser, monitor)
    await _settled(page)

    await _run(shared_database_url, "DELETE FROM upload_pipeline.workers")
    alert = page.locator("[data-alert=NoWorker]")
    await playwright.expect(alert).to_contain_text("fires", timeout=60_000)
    await playwright.expect(page.locator("#banner")).to_contain_text("NoWorker", timeout=_PATIENCE_MS)
    command = await alert.locator(".command code").inner_text()
    runbook = await alert.locator(".do a").get_attribute("href")
    answer = await page.request.get(f"{monitor}{runbook}")
    await _run(shared_database_url, _SEED_WORKER)
    await playwright.expect(alert).to_have_count(0, timeout=60_000)

    assert ("accessa ", "/runbooks/no-worker") == (command[:8], runbook)
    assert answer.status in {200, 404}  # the runbooks are written elsewhere
    assert [] == complaints


async def test_what_has_a_key_keeps_its_focus_wherever_it_goes(browser: Any, monitor: str) -> None:
    """Drawn anew in another order, a field is the same one as before, with the focus and what is typed into it."""
    page, complaints = await _open(browser, monitor)

    orders = ["b half a word a", "x a b half a word", "half a word b", "a y half a word"]
    assert ([*orders, "the end"], []) == (await page.evaluate(_DRAWN_ANEW), complaints)


async def test_the_page_comes_back_after_a_restart_of_the_monitoring(
    browser: Any, tmp_path: Path, shared_database_url: str
) -> None:
    """While nobody answers the page says that its figures are old; then it goes on alone, the same document."""
    await _run(shared_database_url, _EMPTY, _SEED_WORKER)
    process = await _start(tmp_path, "--port", "0", DATABASE_URL=shared_database_url)
    address = await _listening_address(process)
    page, _ = await _open(browser, address)
    await page.evaluate("window.stayed = true")

    await _stop(process)
    await playwright.expect(page.locator("#live")).to_contain_text("Cut off", timeout=_PATIENCE_MS)
    await playwright.expect(page.locator("#banner")).to_contain_text("The monitoring itself does not answer")
    process = await _start(tmp_path, "--port", str(urlsplit(address).port), DATABASE_URL=shared_database_url)
    try:
        await playwright.expect(page.locator("#live")).to_contain_text("Live", timeout=30_000)
        assert await page.evaluate("window.stayed")
    finally:
        await _stop(process)


async def test_from_elsewhere_the_page_asks_for_the_token(browser: Any, tmp_path: Path, monitor: str) -> None:
    """A wrong token is refused in plain words, the right one opens the live page."""
    assert monitor
    process = await _start(
        tmp_path, "--port", "0", DATABASE_URL="postgresql://nobody@127.0.0.1:1/absent", MONITOR_TOKEN=_TOKEN
    )
    try:
        address = await _listening_address(process)
        page = await browser.new_page()
        await page.goto(address)
        for token, text in (("wrong", "That is not the token."), (_TOKEN, "Postgres does not answer.")):
            await page.locator("#token").fill(token)
            await page.locator("button").click()
            await playwright.expect(page.locator("main")).to_contain_text(text, timeout=_PATIENCE_MS)
    finally:
        await _stop(process)


async def test_the_page_outlives_the_database(browser: Any, monitor: str, shared_database_url: str) -> None:
    """While Postgres is gone the page says so and shows no stale figure; when it is back the page recovers alone."""
    parts = urlsplit(shared_database_url)
    name = parts.path.lstrip("/")
    beside = urlunsplit(parts._replace(path="/postgres"))
    page, _ = await _open(browser, monitor)
    banner = page.locator("#banner")
    await _settled(page)

    await _run(
        beside,
        f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    try:
        await playwright.expect(banner).to_contain_text("Postgres does not answer.", timeout=_PATIENCE_MS)
        await playwright.expect(page.locator("[data-status=complete] .count")).to_have_text("–")  # noqa: RUF001
        await playwright.expect(page.locator("#main")).to_have_class("silent")
    finally:
        await _run(beside, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    await playwright.expect(banner).not_to_contain_text("Postgres does not answer.", timeout=_PATIENCE_MS)
    await playwright.expect(page.locator("[data-status=complete] .count")).to_have_text("0")


async def test_dead_workers_do_not_crowd_out_the_living(browser: Any, monitor: str, shared_database_url: str) -> None:
    """Three of five dead workers are listed, without jobs and without alarm while another lives; two are counted."""
    await _run(shared_database_url, _SEED_DEAD_WORKERS)
    page, complaints = await _open(browser, monitor)
    rows = page.locator("#workers tbody tr")
    await playwright.expect(rows).to_have_count(4, timeout=_PATIENCE_MS)

    await playwright.expect(page.locator("#earlier-workers")).to_have_text("2 earlier workers")
    assert ["0 jobs", "–", "–", "–"] == await rows.locator("td:nth-child(3)").all_inner_texts()  # noqa: RUF001
    assert (0, []) == (await page.locator("#workers .down-text").count(), complaints)


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
async def test_the_page_is_readable_on_any_screen(
    browser: Any, monitor: str, shared_database_url: str, scheme: str, width: int
) -> None:
    """On a phone and on a desk, light and dark: nothing runs out of the screen, and every text has contrast."""
    await _run(shared_database_url, _SEED_FAILURE, _FAIL)
    page, complaints = await _open(browser, monitor, color_scheme=scheme, viewport={"width": width, "height": 800})
    await playwright.expect(page.locator("#failures tbody tr")).to_have_count(1, timeout=_PATIENCE_MS)

    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert (0, [], []) == (max(0, overflow), await page.evaluate(_PALE_TEXTS), complaints)


async def test_the_page_has_headings_and_tables_for_a_screen_reader(browser: Any, monitor: str) -> None:
    """Headings name every part, tables have captions and scoped heads, and only the banner is announced."""
    page, _ = await _open(browser, monitor)
    await playwright.expect(page.locator("#failures tbody tr")).to_have_count(0, timeout=_PATIENCE_MS)

    assert ["Accessa monitoring"] == await page.locator("h1").all_inner_texts()
    told = [text.strip() for text in await page.locator("main > section:visible h2").all_inner_texts()]
    parts = ["Pipeline", "Workers", "Providers", "Failures by cause", "Oldest unfinished documents"]
    assert {*parts, "Slowest documents of the last hour", "Services"} <= {text.split("\n")[0] for text in told}
    assert ["banner"] == await page.locator("[aria-live]").evaluate_all("nodes => nodes.map((node) => node.id)")
    assert 0 == await page.locator("table.stack:not(:has(caption)), table th:not([scope]):not(.u-series th)").count()


async def test_charts_are_told_to_readers_and_move_by_keys(
    browser: Any, monitor: str, shared_database_url: str
) -> None:
    """Each chart says in words what it draws and has a table; the arrow keys move its cursor."""
    await _run(shared_database_url, _SEED_FAILURE, _FAIL)
    page, complaints = await _open(browser, monitor)
    chart = page.locator("[data-chart=throughput]")
    await playwright.expect(chart.locator("canvas")).to_have_count(1, timeout=_PATIENCE_MS)

    await playwright.expect(page.locator("#throughput-told")).to_contain_text("failed: now", timeout=_PATIENCE_MS)
    await chart.locator("summary").click()
    await playwright.expect(chart.locator("details tbody tr")).to_have_count(15)
    before = await chart.locator(".u-legend .u-value").first.inner_text()
    await chart.locator(".plot").focus()
    for _ in range(90):
        await page.keyboard.press("ArrowLeft")

    assert before != await chart.locator(".u-legend .u-value").first.inner_text()
    assert (6, []) == (await page.locator("figure").count(), complaints)
