"""Makes docs/reference/metrics.md of the descriptions beside the instruments and the readings.

Run it as `make metrics-table` after a change of one; a test fails while the page differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from accessa.apps.api.metrics import READ_METRICS
from accessa.observe.descriptions import system_descriptions
from accessa.settings import settings_of
from accessa.telemetry import metrics
from accessa.telemetry.metric_names import Exporter
from mock_providers import metrics as simulator_metrics

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path("docs/reference/metrics.md")

_UNITS = {
    "seconds": "seconds",
    "bytes": "bytes",
    "usd": "US dollars",
    "ratio": "1 is all",
    "tokens": "tokens",
    "inputs": "passages",
}


class Described(Protocol):
    """What every description tells, whoever wrote it."""

    @property
    def name(self) -> str:
        """As Prometheus shows it."""

    @property
    def kind(self) -> str:
        """A counter, gauge or histogram."""

    @property
    def help(self) -> str:
        """What it means."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Each label with its possible values in words."""

    @property
    def exported_by(self) -> tuple[str, ...]:
        """The processes that tell it."""


def of_processes() -> list[Described]:
    """Return what each process counts by itself."""
    return [*metrics.DESCRIPTIONS, *simulator_metrics.DESCRIPTIONS]


def of_the_system() -> list[Described]:
    """Return what is read of the system as a whole."""
    return list(system_descriptions(settings_of({})))


def told_by(described: Described) -> tuple[str, ...]:
    """Return the processes that tell a metric; the API tells some of the whole system as well."""
    also = [Exporter.API] if described.name in {metric.name for metric in READ_METRICS} else []
    return tuple(str(name) for name in (*also, *described.exported_by))


def page_of(processes: Iterable[Described], system: Iterable[Described]) -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, _PROCESSES, _table(processes), _SYSTEM, _table(system)])


def _table(described: Iterable[Described]) -> str:
    head = "| Name | Type | Labels | Unit | Meaning | Told by |\n|---|---|---|---|---|---|\n"
    return head + "".join(_line(one) for one in described)


def _line(one: Described) -> str:
    labels = "<br>".join(f"`{name}`: {values}" for name, values in one.labels.items())
    cells = (f"`{one.name}`", one.kind, labels, _unit_of(one.name), one.help, ", ".join(told_by(one)))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _unit_of(name: str) -> str:
    words = [word for word in name.split("_") if word in _UNITS]
    return _UNITS[words[-1]] if words else ""


_HEAD = """# Metrics

This page is made of the descriptions in the code by `make metrics-table`. Every process answers `GET /metrics` in the
form of Prometheus: API, storage, simulators and monitoring on their own ports, a worker on a port of its own
(`WORKER_HTTP_PORT`), whose address stands in its row of `upload_pipeline.workers`. Prometheus beside a stack of
processes takes [prometheus.local.yml](../../monitoring/prometheus/prometheus.local.yml); see
[how it finds them all](../how-to/grafana.md#let-your-prometheus-find-every-process).
[prometheus.yml](../../monitoring/prometheus/prometheus.yml) is that of the containers, and reads the monitoring's token
from a file that is only there (`promtool check config` fails elsewhere). No metric holds a document's text, a file
name, a secret, or an id of a user, a document or a job; every label has a bounded number of values.

Beside these, our processes tell the `process_*` metrics of the Prometheus client where the system has them (Linux).
"""
_PROCESSES = """## Of each process

Counted in memory, from 0 at the start of the process.
"""
_SYSTEM = """## Of the whole system

Read from the database by the monitoring. While the database is silent they are absent, but for `accessa_database_up`.
"""


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page_of(of_processes(), of_the_system()), encoding="utf-8")
