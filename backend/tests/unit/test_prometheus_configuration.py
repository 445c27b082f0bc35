"""The configuration for Prometheus that we ship: valid, and with a target for every process that tells metrics."""

from __future__ import annotations

import subprocess

import yaml
from backend.tests.programs import require_program

from accessa.telemetry.metric_names import Exporter
from metrics_table import ROOT

FILE = ROOT / "monitoring/prometheus/prometheus.yml"


def test_the_configuration_is_one_that_prometheus_takes() -> None:
    """Prometheus's own tool finds nothing wrong with the file."""
    tool = require_program("promtool", package="prometheus")
    checked = subprocess.run([tool, "check", "config", FILE], capture_output=True, text=True, timeout=60, check=False)

    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_every_process_is_scraped() -> None:
    """Whoever tells metrics is a target under its own name."""
    jobs = yaml.safe_load(FILE.read_text())["scrape_configs"]
    groups = [group for job in jobs for group in job.get("static_configs", ())]
    targets = {target.partition(":")[0] for group in groups for target in group["targets"]}
    named = {name for job in jobs for group in job.get("dns_sd_configs", ()) for name in group["names"]}

    assert {exporter.value for exporter in Exporter} == targets | named
