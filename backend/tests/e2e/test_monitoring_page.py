"""The monitoring page in a real browser, over a real service and a real Postgres."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
import pytest
import pytest_asyncio
from backend.tests.e2e.monitoring_page import (
    DRAWN_ANEW,
    PALE_TEXTS,
    Notices,
    chromium,
    expect,
    listening_address,
    noticing,
    open_page,
    run,
    settled,
    start,
    stop,
)

from accessa.cli.main import main

# The browser lives on the module's event loop, since its start takes seconds.
pytestmark = pytest.mark.asyncio(loop_scope="module")
_LIVE_MS = 2_000
_TOKEN = "a-token-of-the-tests-that-is-long-enough"
_SEED_WORKER = """
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, version, heartbeat_at)
VALUES ('worker-of-the-page', 'host', 4711, 'running', '0.1.0', now() + interval '1 hour')
"""
_NO_WORKER = "DELETE FROM upload_pipeline.workers"
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


@pytest.fixture(scope="module")
def notices() -> Iterator[Notices]:
    """What the running monitoring service tells of alerts."""
    with noticing() as received:
        yield received


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    tmp_path_factory: pytest.TempPathFactory, shared_database_url: str, notices: Notices
) -> AsyncIterator[str]:
    """The address of a running monitoring service."""
    home = tmp_path_factory.mktemp("monitoring")
    services = [{"name": "base-worker", "state": "healthy", "url": None, "pid": 4711, "restarts": 2}]
    (home / "stack.json").write_bytes(orjson.dumps({"services": services}))
    process = await start(home, {"DATABASE_URL": shared_database_url, **notices.settings})
    try:
        yield await listening_address(process)
    finally:
        await stop(process)


@pytest_asyncio.fixture(loop_scope="module")
async def monitor(service: str, shared_database_url: str) -> str:
    """The address of the monitoring service when there is one living worker and no document."""
    await run(shared_database_url, _EMPTY, _SEED_WORKER)
    return service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    """A Chromium without a window, which each test gives a profile of its own."""
    async with chromium() as browser:
        yield browser


async def test_the_page_tells_what_happens_within_two_seconds(
    browser: Any, monitor: str, shared_database_url: str
) -> None:
    """An upload and its failure show without a reload: count, cause, command, and a link to the document."""
    page, complaints = await open_page(browser, monitor)
    await settled(page)
    await page.evaluate("window.stayed = true")

    await run(shared_database_url, _SEED_FAILURE)
    await expect(page.locator("[data-status=uploaded] .count")).to_have_text("1", timeout=_LIVE_MS)
    await run(shared_database_url, _FAIL)
    await expect(page.locator("#banner")).to_contain_text("1 job failed")
    await expect(page.locator("[data-status=failed_parse] b")).to_have_text("1")
    row = page.locator("#failures tbody tr")
    await expect(row).to_contain_text("NEEDS_OCR")

    assert "private.pdf" not in await page.content()
    assert (True, []) == (await page.evaluate("window.stayed"), complaints)
    await row.locator("a").first.click()
    await expect(page.locator("#banner")).to_contain_text("The pages hold no <b>text</b>.")
    assert [] == complaints


async def test_a_document_is_found_by_any_of_its_ids(browser: Any, monitor: str, shared_database_url: str) -> None:
    """Typed into the field, the id of the job, of the document or the correlation id leads to the same page."""
    await run(shared_database_url, _SEED_FAILURE)
    connection = await asyncpg.connect(shared_database_url)
    job = await connection.fetchrow("SELECT job_id, document_id, correlation_id FROM upload_pipeline.upload_jobs")
    await connection.close()
    page, complaints = await open_page(browser, monitor)

    for subject in map(str, job.values()):
        await page.locator("#subject").fill(subject)
        await page.locator("#search button").click()
        await page.wait_for_url(f"**/document/{subject}")
        await expect(page.locator("#facts")).to_contain_text(str(job["job_id"]))
    await page.locator("#subject").fill("a name")
    await page.locator("#search button").click()

    await expect(page.locator("#search-trouble")).to_contain_text("That is no id.")
    assert [] == complaints


async def test_an_alert_that_fires_is_shown_with_what_to_do(
    browser: Any, monitor: str, shared_database_url: str
) -> None:
    """Without a worker the alert has its command, a runbook that opens, and what it explains folded below it."""
    page, complaints = await open_page(browser, monitor)
    await settled(page)

    await run(shared_database_url, _NO_WORKER, _SEED_DEAD_WORKERS)
    alert = page.locator("[data-alert=NoWorker]")
    await expect(alert).to_contain_text("fires", timeout=60_000)
    await expect(page.locator("#banner")).to_contain_text("NoWorker")
    command = await alert.locator("> .do .command code").inner_text()
    runbook = await alert.locator("> .do a").get_attribute("href")
    answer = await page.request.get(f"{monitor}{runbook}")
    silent = alert.locator("[data-alert=WorkerSilent][data-state=firing]")
    await expect(silent).to_have_count(5)
    await expect(silent.first).to_be_hidden()
    await alert.get_by_text("more that this explains: ").click()
    await expect(silent.first).to_be_visible()
    pale = await page.evaluate(PALE_TEXTS)
    await run(shared_database_url, _NO_WORKER, _SEED_WORKER)
    await expect(page.locator(".alert[data-alert=NoWorker], .alert[data-alert=WorkerSilent]")).to_have_count(
        0, timeout=60_000
    )

    assert [] == pale
    assert ("accessa ", "/runbooks/no-worker") == (command[:8], runbook)
    assert answer.status in {200, 404}  # the runbooks are written elsewhere
    assert [] == complaints


async def test_an_alert_is_silenced_by_clicking(
    browser: Any, monitor: str, notices: Notices, shared_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who, why and until when is on the page and told by command; no notice goes out until the silence is ended."""
    page, complaints = await open_page(browser, monitor)
    await settled(page)
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    notices.told.clear()
    await run(shared_database_url, _NO_WORKER)
    await notices.until("alert.firing NoWorker", 1)
    alert = page.locator("[data-alert=NoWorker]")
    await alert.get_by_role("button", name="Silence NoWorker").click()
    await alert.get_by_role("radio", name="24 h").check()
    await alert.get_by_label("Reason").fill("a <b>known</b> outage")
    await alert.get_by_role("button", name="Silence for 24 h").dblclick()

    await page.get_by_text("1 alert is silenced: NoWorker").click()
    told = await alert.locator(".silences").inner_text()
    monkeypatch.setenv("ALERT_MONITOR_URL", monitor)
    code = await asyncio.to_thread(main, ["alerts"])
    [held] = await (await page.request.get(f"{monitor}/api/silences")).json()
    await run(shared_database_url, _SEED_WORKER)
    await page.get_by_text("1 silence holds without an active alert").click()
    await page.get_by_role("button", name="End silence of NoWorker").click()
    await expect(page.locator("#alerts-section")).to_be_hidden()
    await run(shared_database_url, _NO_WORKER)
    await notices.until("alert.firing NoWorker", 2)

    assert re.fullmatch(
        r"Silenced until .*\d\d:\d\d by the monitoring page · every instance\n+a <b>known</b> outage\s+End silence",
        told,
    )
    assert (0, "a <b>known</b> outage", 1) == (code, held["reason"], len(posts))
    first = notices.told.index("alert.firing NoWorker")
    assert (["alert.firing NoWorker"] * 2, []) == (notices.told[first:], complaints)


async def test_a_form_that_is_open_outlives_what_happens_around_it(
    browser: Any, monitor: str, shared_database_url: str
) -> None:
    """Focus and half a reason stay while alerts come and go above; it silences one instance, and that can be ended."""
    await run(shared_database_url, _SEED_DEAD_WORKERS)
    phone = {"viewport": {"width": 360, "height": 800}, "color_scheme": "dark", "reduced_motion": "reduce"}
    page, complaints = await open_page(browser, monitor, **phone)
    alert = page.locator("[data-alert=WorkerSilent]", has_text="worker=dead-2")
    await alert.get_by_role("button", name="Silence WorkerSilent worker=dead-2").press("Enter")
    await alert.get_by_label("Reason").click()
    await page.keyboard.type("half ")
    await run(shared_database_url, "DELETE FROM upload_pipeline.workers WHERE worker_id NOT LIKE 'dead-%'")
    await expect(page.locator(".alert").first).to_have_attribute("data-alert", "NoWorker")
    await page.keyboard.type("a ")
    readable = await page.evaluate("document.documentElement.scrollWidth - innerWidth"), await page.evaluate(PALE_TEXTS)
    await run(shared_database_url, _SEED_WORKER)
    await expect(page.locator("[data-alert=NoWorker]")).to_have_count(0)
    await page.keyboard.type("reason")
    await page.keyboard.press("Enter")

    await expect(page.locator("summary:focus")).to_have_text("1 alert is silenced: WorkerSilent")
    await page.keyboard.press("Enter")
    await expect(alert.locator(".silences")).to_contain_text("only worker=dead-2half a reason")
    assert 4 == await page.locator("[data-alert=WorkerSilent][data-state=firing]").count()
    await alert.get_by_role("button", name="End silence").press("Enter")
    await expect(alert.get_by_role("button", name="Silence WorkerSilent")).to_be_focused()
    assert ((0, []), []) == (readable, complaints)


async def test_what_has_a_key_keeps_its_focus_wherever_it_goes(browser: Any, monitor: str) -> None:
    """Drawn anew in another order, a field is the same one as before, with the focus and what is typed into it."""
    page, complaints = await open_page(browser, monitor)

    orders = ["b half a word a", "x a b half a word", "half a word b", "a y half a word"]
    assert ([*orders, "the end"], []) == (await page.evaluate(DRAWN_ANEW), complaints)


async def test_the_page_comes_back_after_a_restart_of_the_monitoring(
    browser: Any, tmp_path: Path, shared_database_url: str
) -> None:
    """While nobody answers the page says so, and silences nothing; then it goes on alone, with what was half typed."""
    await run(shared_database_url, _EMPTY, _SEED_WORKER, _SEED_DEAD_WORKERS)
    process = await start(tmp_path, {"DATABASE_URL": shared_database_url})
    address = await listening_address(process)
    page, _ = await open_page(browser, address)
    await page.evaluate("window.stayed = true")
    alert = page.locator("[data-alert=WorkerSilent]").first
    await alert.locator("[data-silence]").click()
    await alert.get_by_label("Reason").fill("half a reason")

    await stop(process)
    await expect(page.locator("#live")).to_contain_text("Cut off")
    await expect(page.locator("#alerts-section")).to_have_css("opacity", "0.5")
    await expect(page.locator("#banner")).to_contain_text("The monitoring itself does not answer")
    await alert.get_by_role("button", name="Silence for").click()
    await expect(alert.get_by_role("alert")).to_contain_text("MONITORING_UNREACHABLE")
    process = await start(tmp_path, {"DATABASE_URL": shared_database_url}, urlsplit(address).port or 0)
    try:
        await expect(page.locator("#live")).to_contain_text("Live", timeout=30_000)
        await expect(alert.get_by_label("Reason")).to_have_value("half a reason")
        assert await page.evaluate("window.stayed")
    finally:
        await stop(process)


async def test_from_elsewhere_the_page_asks_for_the_token(browser: Any, tmp_path: Path, monitor: str) -> None:
    """A wrong token is refused in plain words, the right one opens the live page; without it nothing is silenced."""
    assert monitor
    process = await start(tmp_path, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/absent", "MONITOR_TOKEN": _TOKEN})
    try:
        address = await listening_address(process)
        page = await browser.new_page()
        await page.goto(address)
        for token, text in (("wrong", "That is not the token."), (_TOKEN, "Postgres does not answer.")):
            await page.locator("#token").fill(token)
            await page.locator("button").click()
            await expect(page.locator("main")).to_contain_text(text)
        await page.context.clear_cookies()
        alert = page.locator("[data-alert=DatabaseDown]")
        await alert.locator("[data-silence]").click()
        await alert.get_by_role("button", name="Silence for").click()
        await expect(alert.get_by_role("alert")).to_contain_text("Your login has run out")
        await expect(alert.get_by_role("link", name="Log in")).to_have_attribute("href", "/login")
    finally:
        await stop(process)


async def test_the_page_outlives_the_database(browser: Any, monitor: str, shared_database_url: str) -> None:
    """While Postgres is gone the page says so, shows no stale figure and silences nothing; then it recovers alone."""
    parts = urlsplit(shared_database_url)
    name = parts.path.lstrip("/")
    beside = urlunsplit(parts._replace(path="/postgres"))
    page, _ = await open_page(browser, monitor)
    banner = page.locator("#banner")
    await settled(page)

    await run(
        beside,
        f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    try:
        await expect(banner).to_contain_text("Postgres does not answer.")
        await expect(page.locator("[data-status=complete] .count")).to_have_text("–")  # noqa: RUF001
        await expect(page.locator("#main")).to_have_class("silent")
        await expect(page.locator("#tiles")).to_have_css("opacity", "0.5")
        await expect(page.locator("#alerts-section")).to_have_css("opacity", "1")
        alert = page.locator("[data-alert=DatabaseDown]")
        await alert.locator("[data-silence]").click()
        await alert.get_by_role("button", name="Silence for").click()
        await expect(alert.get_by_role("alert")).to_have_text(
            "The database does not answer; try again in a moment. DATABASE_UNAVAILABLE"
        )
    finally:
        await run(beside, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    await expect(banner).not_to_contain_text("Postgres does not answer.")
    await expect(page.locator("[data-status=complete] .count")).to_have_text("0")


async def test_dead_workers_do_not_crowd_out_the_living(browser: Any, monitor: str, shared_database_url: str) -> None:
    """Three of five dead workers are listed, without jobs and without alarm while another lives; two are counted."""
    await run(shared_database_url, _SEED_DEAD_WORKERS)
    page, complaints = await open_page(browser, monitor)
    rows = page.locator("#workers tbody tr")
    await expect(rows).to_have_count(4)

    await expect(page.locator("#earlier-workers")).to_have_text("2 earlier workers")
    assert ["0 jobs", "–", "–", "–"] == await rows.locator("td:nth-child(3)").all_inner_texts()  # noqa: RUF001
    assert (0, []) == (await page.locator("#workers .down-text").count(), complaints)


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
async def test_the_page_is_readable_on_any_screen(
    browser: Any, monitor: str, shared_database_url: str, scheme: str, width: int
) -> None:
    """On a phone and on a desk, light and dark: nothing runs out of the screen, and every text has contrast."""
    await run(shared_database_url, _SEED_FAILURE, _FAIL)
    page, complaints = await open_page(browser, monitor, color_scheme=scheme, viewport={"width": width, "height": 800})
    await expect(page.locator("#failures tbody tr")).to_have_count(1)

    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert (0, [], []) == (max(0, overflow), await page.evaluate(PALE_TEXTS), complaints)


async def test_the_page_has_headings_and_tables_for_a_screen_reader(browser: Any, monitor: str) -> None:
    """Headings name every part, tables have captions and scoped heads, and only the banner is announced."""
    page, _ = await open_page(browser, monitor)
    await expect(page.locator("#failures tbody tr")).to_have_count(0)

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
    await run(shared_database_url, _SEED_FAILURE, _FAIL)
    page, complaints = await open_page(browser, monitor)
    chart = page.locator("[data-chart=throughput]")
    await expect(chart.locator("canvas")).to_have_count(1)

    await expect(page.locator("#throughput-told")).to_contain_text("failed: now")
    await chart.locator("summary").click()
    await expect(chart.locator("details tbody tr")).to_have_count(15)
    before = await chart.locator(".u-legend .u-value").first.inner_text()
    await chart.locator(".plot").focus()
    for _ in range(90):
        await page.keyboard.press("ArrowLeft")

    assert before != await chart.locator(".u-legend .u-value").first.inner_text()
    assert (6, []) == (await page.locator("figure").count(), complaints)
