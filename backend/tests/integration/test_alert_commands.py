"""Alerts over HTTP and on the command line, from a monitoring that really runs on a database without workers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator

import asyncpg
import httpx
import pytest
from backend.tests.house import served

from accessa.apps.monitor.app import create_app
from accessa.cli.main import main
from accessa.settings import load_settings

PATIENCE_SECONDS = 60


@pytest.fixture
def monitoring(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[str]:
    """A monitoring service on a fresh database; the command line is pointed at it."""
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    for name in ("SUPABASE_URL", "API_PUBLIC_URL", "LLAMAPARSE_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "")
    with served(create_app(load_settings())) as url:
        monkeypatch.setenv("ALERT_MONITOR_URL", url)
        yield url


def until_firing(url: str, alert: str) -> dict[str, object]:
    """Wait until an alert fires, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        active: list[dict[str, object]] = httpx.get(f"{url}/api/alerts", trust_env=False).json()["active"]
        for one in active:
            if (one["name"], one["state"]) == (alert, "firing"):
                return one
        threading.Event().wait(0.1)
    raise AssertionError(f"{alert} does not fire")


def test_what_is_wrong_is_shown_and_can_be_silenced(
    monitoring: str, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """That no worker lives is told with what to do and what it explains, ends the command with 1, silenced with 0."""
    asyncio.run(_seed_silent_workers(database_url))
    fired = until_firing(monitoring, "NoWorker")
    assert 1 == main(["alerts"])
    shown = capsys.readouterr()
    assert 0 == main(["alerts", "silence", "NoWorker", "--for", "30m", "--reason", "a test"])
    assert 0 == main(["alerts", "--json"])
    silenced = [json.loads(line) for line in capsys.readouterr().out.splitlines()[1:]]
    assert 0 == main(["alerts", "silences", "--json"])
    listed = json.loads(capsys.readouterr().out)
    assert 0 == main(["alerts", "unsilence", listed["silence_id"]])
    assert 1 == main(["alerts"])

    words = " ".join(shown.out.split())
    assert "docs/runbooks/no-worker.md" == fired["runbook"]
    assert "2 more that this explains: WorkerSilent (2)." in words
    assert "WorkerSilent" not in shown.err
    assert "No worker is alive" in shown.out
    assert "NoWorker: first run accessa status; then read docs/runbooks/no-worker.md" in shown.err
    assert [("NoWorker", "silenced")] == [(one["name"], one["state"]) for one in silenced if one["name"] == "NoWorker"]
    assert ("NoWorker", "a test") == (listed["alert"], listed["reason"])
    assert [listed] == [held for one in silenced for held in one["silences"]]


async def _seed_silent_workers(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, version, heartbeat_at)"
        " SELECT 'silent-' || number, 'host', number, 'running', '0.1.0', now() - interval '1 minute'"
        " FROM generate_series(1, 2) AS number"
    )
    await connection.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["silence", "NoSuch"], "ALERT_UNKNOWN"),
        (["silence", "NoWorker", "--for", "soon"], "is no span"),
        (["silence", "NoWorker", "--label", "worker"], "is no label"),
        (["unsilence", "00000000-0000-4000-8000-000000000009"], "SILENCE_MISSING"),
        (["unsilence", "nonsense"], "USAGE_WRONG"),
    ],
)
def test_a_wrong_wish_is_refused_in_a_sentence(
    monitoring: str, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """Unknown alerts and silences, and spans and labels that are none, are named."""
    assert monitoring
    assert 0 < main(["alerts", *arguments])
    assert sentence in capsys.readouterr().err


def test_history_test_and_runbooks(monitoring: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The channels can be tried, the history can be asked for, and a runbook is a page without anything foreign."""
    assert 0 == main(["alerts", "test"])
    assert 0 == main(["alerts", "history"])
    shown = capsys.readouterr().out
    page = httpx.get(f"{monitoring}/runbooks/no-worker", trust_env=False)
    missing = httpx.get(f"{monitoring}/runbooks/..%2fREADME", trust_env=False)

    assert "log: delivered" in shown
    assert (200, True) == (page.status_code, "<h1>NoWorker</h1>" in page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert 404 == missing.status_code


def test_without_a_monitoring_a_command_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A monitoring that does not answer is no good news."""
    monkeypatch.setenv("ALERT_MONITOR_URL", "http://127.0.0.1:9")

    assert 1 == main(["alerts"])
    assert "MONITORING_UNREACHABLE" in capsys.readouterr().err


def test_behind_a_token_the_command_line_shows_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """With MONITOR_TOKEN set on both sides alerts can be listed; with another one that is refused in a sentence."""
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MONITOR_TOKEN", "a-token-of-the-tests-of-some-length")
    with served(create_app(load_settings())) as url:
        monkeypatch.setenv("ALERT_MONITOR_URL", url)
        shown = main(["alerts", "history", "--json"]), capsys.readouterr().err
        monkeypatch.setenv("MONITOR_TOKEN", "another-token-of-the-same-length-xx")
        refused = main(["alerts", "history", "--json"]), capsys.readouterr().err

    assert (0, "") == shown
    assert 0 < refused[0]
    assert "MONITOR_TOKEN" in refused[1]
