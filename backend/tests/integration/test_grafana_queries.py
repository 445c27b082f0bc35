"""The queries of the dashboards on a real Prometheus, over series as we describe them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from backend.tests.programs import require_program

from accessa.observe.descriptions import system_descriptions
from accessa.settings import load_settings
from accessa.stack.ports import any_free_port
from accessa.telemetry.metric_names import Description
from accessa.telemetry.metrics import DESCRIPTIONS
from dashboards.__main__ import FOLDER

START_SECONDS = 60
STEP = 15
BLOCK_SECONDS = 7200
STEPS = 60
# Values that queries ask for by name; every other label has one of its own.
VALUES = {"outcome": ("done", "ok"), "measure": ("mean", "0.95"), "state": ("used", "running"), "budget": ("day",)}
ALERTS = Description("accessa_alerts", "gauge", "", ("monitoring",), {"alert": "", "severity": "", "state": ""})
CPU = Description("process_cpu_seconds_total", "counter", "", ("base-worker",))


def series(described: Description) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the series of a metric, each label with the values that queries ask for."""
    choices = max((len(VALUES.get(label, ("a",))) for label in described.labels), default=1)
    for place in range(choices):
        labels = {"job": described.exported_by[0], "instance": "127.0.0.1:1"}
        labels |= {
            label: VALUES.get(label, ("a",))[place % len(VALUES.get(label, ("a",)))] for label in described.labels
        }
        if described.kind != "histogram":
            yield described.name, labels
            continue
        yield from ((f"{described.name}_bucket", labels | {"le": bound}) for bound in ("0.5", "+Inf"))
        yield from ((f"{described.name}_{part}", labels) for part in ("sum", "count"))


def exposition(now: float) -> Iterator[str]:
    """Yield OpenMetrics lines of a quarter of an hour, in which gauges stay at 1 and all else rises."""
    for described in (*DESCRIPTIONS, *system_descriptions(load_settings()), ALERTS, CPU):
        yield f"# TYPE {described.name} unknown"
        for name, labels in series(described):
            told = ",".join(f'{label}="{value}"' for label, value in labels.items())
            for step in range(STEPS):
                value = 1 if described.kind == "gauge" else step + 1
                yield f"{name}{{{told}}} {value} {now - (STEPS - step) * STEP:.3f}"
    yield "# EOF"


@pytest.fixture(scope="module")
def moment() -> float:
    """The end of the quarter of an hour: now, or before the last full two hours, as promtool trips over their edge."""
    now = time.time()
    into_block = now % BLOCK_SECONDS
    return now - into_block - 1 if into_block < STEPS * STEP else now


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, moment: float) -> Iterator[str]:
    """A Prometheus that holds a quarter of an hour of every series that we describe."""
    program = require_program("prometheus", package="prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "series.txt").write_text("\n".join(exposition(moment)) + "\n")
    (folder / "prometheus.yml").write_text("scrape_configs: []\n")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(folder / "series.txt"), str(folder / "data")],
        check=True,
        capture_output=True,
    )
    address = f"127.0.0.1:{any_free_port()}"
    options = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    server = subprocess.Popen(
        [program, *options, f"--web.listen-address={address}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_ready(f"http://{address}")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _await_ready(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/-/ready", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
    raise AssertionError("Prometheus did not get ready")


def expressions() -> Iterator[Any]:
    """Yield each query of each dashboard."""
    for path in sorted(FOLDER.iterdir()):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield pytest.param(target["expr"], id=f"{path.stem}: {panel['title']} {target['refId']}")


@pytest.mark.parametrize("expression", list(expressions()))
def test_prometheus_answers_the_query_with_series(prometheus: str, moment: float, expression: str) -> None:
    """Prometheus takes the query, and where every series is there the panel is not empty."""
    filled = expression.replace("$__rate_interval", "5m").replace("$__range", "10m")
    asked: dict[str, str | float] = {"query": filled, "start": moment - 600, "end": moment, "step": STEP}
    answer = httpx.get(f"{prometheus}/api/v1/query_range", params=asked, trust_env=False).json()

    assert "success" == answer["status"], answer
    assert answer["data"]["result"], "no series"
