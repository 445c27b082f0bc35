"""What we ship for Prometheus, Alertmanager and Grafana: valid, of one piece, and with a target for every process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from backend.tests.programs import require_program

from accessa.apps.monitor.main import DEFAULT_PORT
from accessa.telemetry.metric_names import Exporter
from metrics_table import ROOT

MONITORING = ROOT / "monitoring"
FILE = MONITORING / "prometheus" / "prometheus.yml"
LOCAL = FILE.with_name("prometheus.local.yml")
HOW_TO = ROOT / "docs" / "how-to" / "grafana.md"
ALERTMANAGER = MONITORING / "alertmanager" / "alertmanager.yml"
PROVISIONING = MONITORING / "grafana" / "provisioning"
COMPOSE = ROOT / "docker-compose.yml"
# Before the storage stands a proxy under its name, which tells nothing of itself.
BEHIND_A_PROXY = {Exporter.STORAGE.value: "own-storage"}


def read(file: Path) -> dict[str, Any]:
    """Return what a YAML file says."""
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def targets() -> Iterator[tuple[str, str, int]]:
    """Yield job, host and port of every target, written down or looked up by name."""
    for job in read(FILE)["scrape_configs"]:
        for group in job.get("static_configs", ()):
            for target in group["targets"]:
                host, _, port = target.partition(":")
                yield job["job_name"], host, int(port)
        for group in job.get("dns_sd_configs", ()):
            yield from ((job["job_name"], name, group["port"]) for name in group["names"])


def services() -> dict[str, Any]:
    """Return the services of the compose file."""
    found: dict[str, Any] = read(COMPOSE)["services"]
    return found


@pytest.mark.parametrize("file", [FILE, LOCAL], ids=["containers", "processes"])
def test_the_configuration_is_one_that_prometheus_takes(tmp_path: Path, file: Path) -> None:
    """Prometheus's own tool finds nothing wrong with the file, once the token is there that only the container has."""
    tool = require_program("promtool", package="prometheus")
    copy = shutil.copytree(file.parent, tmp_path / "prometheus") / file.name
    (tmp_path / "token").touch()
    with_token = re.sub(r"credentials_file: \S+", f"credentials_file: {tmp_path / 'token'}", copy.read_text())
    copy.write_text(with_token)
    checked = subprocess.run([tool, "check", "config", copy], capture_output=True, text=True, timeout=60, check=False)

    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert "alerts.rules.yml" in checked.stdout


def test_processes_are_asked_for_where_the_monitoring_is_by_default() -> None:
    """Beside a local stack the file works as it is, and asks nobody else."""
    [job] = read(LOCAL)["scrape_configs"]

    assert [f"http://127.0.0.1:{DEFAULT_PORT}/api/targets"] == [found["url"] for found in job["http_sd_configs"]]


def test_a_token_is_shown_to_the_monitoring_alone() -> None:
    """The page says how: among the targets that are found it is left out, and its discovery is asked as a Bearer."""
    [shown] = re.findall(
        r"^```\n(scrape_configs:\n.+?)^```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    found, monitoring = yaml.safe_load(shown)["scrape_configs"]
    [discovery] = found["http_sd_configs"]
    token = {"credentials_file": "/etc/prometheus/monitor-token"}

    assert {
        "job_name": "monitoring",
        "authorization": token,
        "static_configs": [{"targets": ["HOST:3000"]}],
    } == monitoring
    assert "authorization" not in found
    assert [{"source_labels": ["job"], "regex": "monitoring", "action": "drop"}] == found["relabel_configs"]
    # Prometheus 2.42, as in Debian 12, has no type by itself here: https://github.com/prometheus/prometheus/issues/12762
    assert {"type": "Bearer", **token} == discovery["authorization"]


def test_every_process_is_scraped() -> None:
    """Whoever tells metrics is a target, as the job whose name the rules and the monitoring itself have for it."""
    assert {(name, BEHIND_A_PROXY.get(name, name)) for name in Exporter} == {(job, host) for job, host, _ in targets()}


def test_what_may_be_the_real_one_is_no_target_that_is_missed() -> None:
    """Storage and simulators are looked up: where the real ones take their place, the names lead to no target."""
    written = {
        target.partition(":")[0]
        for job in read(FILE)["scrape_configs"]
        for group in job.get("static_configs", ())
        for target in group["targets"]
    }

    assert {Exporter.API.value, Exporter.MONITORING.value} == written


def test_each_target_is_a_service_with_that_port() -> None:
    """Names and ports are those of the compose file, and the services are on one network with Prometheus."""
    wrong = [
        f"{host}:{port}"
        for _, host, port in targets()
        if host not in services() or not re.search(rf"\b{port}\b", json.dumps(services()[host]))
    ]

    assert [] == wrong


def test_prometheus_has_the_token_where_it_looks_for_it() -> None:
    """The container writes the monitoring's token into the file that the configuration names, in memory only."""
    jobs = {job["job_name"]: job for job in read(FILE)["scrape_configs"]}
    file = Path(jobs["monitoring"]["authorization"]["credentials_file"])
    prometheus = services()["prometheus"]

    assert f">{file}\n" in prometheus["command"][0]
    assert any(mount.partition(":")[0] == str(file.parent) for mount in prometheus["tmpfs"])


def test_the_alertmanager_takes_its_file_and_tells_nobody_by_itself() -> None:
    """Its own tool finds nothing wrong, and no receiver has a way out until somebody gives it one."""
    tool = require_program("amtool", package="prometheus-alertmanager")
    command = [tool, "check-config", str(ALERTMANAGER)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert [{"name": "on-call"}] == read(ALERTMANAGER)["receivers"]


def test_what_the_alertmanager_holds_back_are_alerts_that_there_are() -> None:
    """Names in its rules are those of the catalogue, so that a renamed alert is not forgotten there."""
    rules = read(MONITORING / "prometheus" / "alerts.rules.yml")["groups"]
    known = {rule["alert"] for group in rules for rule in group["rules"]}
    matchers = [matcher for rule in read(ALERTMANAGER)["inhibit_rules"] for matcher in rule["source_matchers"]]
    named = {name for matcher in matchers for name in re.findall(r"[A-Z]\w+", matcher)}

    assert named
    assert set() == named - known


def test_grafana_finds_source_and_dashboards() -> None:
    """Each variable of the provisioning files is set, to Prometheus and to the folder that holds the dashboards."""
    grafana = services()["grafana"]
    mounts = dict(volume.split(":")[:2][::-1] for volume in grafana["volumes"])
    asked = {name for file in PROVISIONING.rglob("*.yml") for name in re.findall(r"\$(\w+)", file.read_text())}

    assert asked <= set(grafana["environment"])
    assert "http://prometheus:9090" == grafana["environment"]["PROMETHEUS_URL"]
    assert "./monitoring/grafana/dashboards" == mounts[grafana["environment"]["ACCESSA_DASHBOARDS"]]
    assert "./monitoring/grafana/provisioning" == mounts["/etc/grafana/provisioning"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / mounts[str(home.parent)] / home.name).is_file()
