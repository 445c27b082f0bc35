"""The metrics of the whole system as the reference page and the dashboards' tests know them."""

from __future__ import annotations

from accessa.observe.alerts.alert_metrics import ALERTS
from accessa.observe.metric import Metric
from accessa.observe.readings import described_metrics
from accessa.observe.service_metrics import SERVICE_METRICS
from accessa.observe.system_metrics import OWN_METRICS
from accessa.settings import Settings
from accessa.telemetry.metric_names import Description, Exporter

_LABELS = {
    "alert": "an alert of the catalogue",
    "application": "the name that a client of the database gave itself, cut to 60 characters",
    "budget": "`day`: that of all documents together in a day of UTC",
    "check": "a check of the audit",
    "code": "a code of the error catalogue or of an event",
    "found_by": "`webhook` or `poll`",
    "measure": "`mean`, `0.5` or `0.95`",
    "pid": "a connection, by its process at the database server; one of at most 5 at a time",
    "provider": "who the provider is, as `openai` or `mock-openai`",
    "reason": "`locked`, `slow` or `schema`",
    "service": "a service of the stack",
    "severity": "of an event `warn` or `error`, of an alert `critical`, `warning` or `info`",
    "source": "`kept`, `last_7_days`, `last_hour` or `assumed`",
    "stage": "a stage, as `embed_batches`",
    "state": "what the name before it may be in",
    "status": "a status of jobs",
    "table": "a table of the schema",
    "user": "a user of the database",
    "worker": "the id of a worker that is alive, or fell silent of late",
}


def system_descriptions(settings: Settings) -> list[Description]:
    """Return what the monitoring tells of the whole system, in the order of its readings."""
    return [_described(metric) for metric in (*OWN_METRICS, *described_metrics(settings), *SERVICE_METRICS, ALERTS)]


def _described(metric: Metric) -> Description:
    labels = {label: _LABELS[label] for label in metric.labels}
    return Description(metric.name, metric.kind, metric.help, (Exporter.MONITORING,), labels)
