"""A real Prometheus and a real Alertmanager, with our rules and a running monitoring: an alert arrives, and its end."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from backend.tests.house import PATIENCE_SECONDS, served
from backend.tests.programs import require_program, running, said
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accessa.stack.ports import any_free_port
from own_prometheus import EACH_SECOND, RULES, prometheus

SIGN_OF_LIFE = """
    INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, jobs_in_hand, version, heartbeat_at)
    VALUES ('w1', 'here', 1, 'running', 0, '0', now() + interval '1 hour')
"""


class Pager:
    """Whoever the Alertmanager tells."""

    def __init__(self) -> None:
        self.url = ""
        self.told: list[dict[str, Any]] = []

    async def post(self, request: Request) -> Response:
        """Take a notice."""
        self.told += (await request.json())["alerts"]
        return Response(status_code=200)

    async def until(self, alert: str, status: str) -> dict[str, Any]:
        """Wait for an alert in this status."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for one in self.told:
                    if (one["labels"]["alertname"], one["status"]) == (alert, status):
                        return one
                await asyncio.sleep(0.1)


@pytest.fixture
def pager() -> Iterator[Pager]:
    """A receiver of webhooks on loopback."""
    kept = Pager()
    with served(Starlette(routes=[Route("/", kept.post, methods=["POST"])])) as url:
        kept.url = url
        yield kept


def alertmanager_settings(folder: Path, pager: Pager) -> Path:
    """Write how the Alertmanager tells: everything to the pager, at once."""
    route = {"receiver": "pager", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"}
    receivers = [{"name": "pager", "webhook_configs": [{"url": f"{pager.url}/", "send_resolved": True}]}]
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps({"route": route, "receivers": receivers}))
    return file


def prometheus_settings(monitoring: str, alertmanager: str) -> dict[str, Any]:
    """Return what Prometheus scrapes and judges, each second."""
    return {
        "global": EACH_SECOND,
        "rule_files": [str(RULES)],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [{"job_name": "monitoring", "static_configs": [{"targets": [monitoring]}]}],
    }


async def test_an_alert_goes_through_prometheus_and_alertmanager(
    tmp_path: Path, database_url: str, pager: Pager
) -> None:
    """That no worker is alive reaches whoever is on call with words, command and runbook, and so does its end."""
    other = any_free_port()
    names = (
        require_program("prometheus", package="prometheus"),
        require_program("prometheus-alertmanager", "alertmanager", package="prometheus-alertmanager"),
    )
    monitor = (sys.executable, "-m", "accessa.apps.monitor.main", "--port", "0")
    alertmanager = (
        *(names[1], f"--config.file={alertmanager_settings(tmp_path, pager)}", f"--storage.path={tmp_path}/am"),
        *(f"--web.listen-address=127.0.0.1:{other}", "--cluster.listen-address="),
    )
    async with (
        running(*monitor, folder=tmp_path, DATABASE_URL=database_url) as service,
        running(*alertmanager, folder=tmp_path),
    ):
        address = await said(service, rb"running on http://(127\.0\.0\.1:\d+)")
        settings = prometheus_settings(address, f"127.0.0.1:{other}")
        async with prometheus(settings, tmp_path, names[0]):
            fires = await pager.until("NoWorker", "firing")
            connection = await asyncpg.connect(database_url)
            await connection.execute(SIGN_OF_LIFE)
            await connection.close()
            over = await pager.until("NoWorker", "resolved")

    assert ("critical", "workers") == (fires["labels"]["severity"], fires["labels"]["area"])
    assert "No worker is alive; documents are taken in and wait." == fires["annotations"]["summary"]
    assert ("accessa status", "http://localhost:3000/runbooks/no-worker") == (
        fires["annotations"]["first_command"],
        fires["annotations"]["runbook_url"],
    )
    assert over["endsAt"] > fires["startsAt"]
