"""Active alerts as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from accessa.observe.alerts.board import AlertView


def told_alerts(alerts: Sequence[AlertView]) -> list[dict[str, Any]]:
    """Return the alerts as JSON; `runbook` becomes the address under which the monitoring serves it."""
    return [
        {
            "name": alert.name,
            "severity": alert.severity,
            "state": alert.state,
            "labels": dict(alert.labels),
            "summary": alert.summary,
            "causes": list(alert.causes),
            "first_command": alert.first_command,
            "runbook": f"/runbooks/{PurePosixPath(alert.runbook).stem}",
            "active_since": alert.active_since,
            "fired_at": alert.fired_at,
            "silenced_until": alert.silenced_until,
        }
        for alert in alerts
    ]
