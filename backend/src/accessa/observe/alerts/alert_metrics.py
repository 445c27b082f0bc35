"""The alerts as a metric, for dashboards that have no Alertmanager to ask."""

from __future__ import annotations

from collections import Counter

from accessa.observe.alerts.board import AlertBoard
from accessa.observe.metric import Sample, gauge

ALERTS = gauge(
    "accessa_alerts", "Instances of alerts that are pending, fire, or are silenced", "alert", "severity", "state"
)


def alert_samples(board: AlertBoard) -> list[Sample]:
    """Return one sample for each alert and state that there is."""
    counted = Counter((view.name, view.severity, view.state) for view in board.active())
    return [Sample(ALERTS, number, labels) for labels, number in sorted(counted.items())]
