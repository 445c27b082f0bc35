"""Active alerts, and silences, as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from accessa.observe.alerts.board import AlertView
from accessa.observe.alerts.records import Silence


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
            "silences": told_silences(alert.silences),
            "explained_by": alert.explained_by,
        }
        for alert in alerts
    ]


def told_silences(silences: Sequence[Silence]) -> list[dict[str, Any]]:
    """Return the silences as JSON: which alert, which of its instances, why, by whom, and until when."""
    return [
        {
            "silence_id": silence.silence_id,
            "alert": silence.alert,
            "labels": dict(silence.labels),
            "reason": silence.reason,
            "created_by": silence.created_by,
            "until": silence.until,
        }
        for silence in silences
    ]
