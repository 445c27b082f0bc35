"""Alerts and silences as the page gets them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import orjson

from accessa.apps.monitor.as_json import as_json
from accessa.apps.monitor.shown_alerts import told_alerts
from accessa.observe.alerts.board import AlertView
from accessa.observe.alerts.records import Silence

_AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_silenced_alert_comes_with_what_ends_its_silences() -> None:
    """Each silence has its id, why and by whom it was made, how far it goes, and its end; the runbook is a link."""
    silence = Silence(UUID(int=7), "WorkerSilent", {"worker": "a"}, "known", "the monitoring page", _AT, _AT)
    labels = {"worker": "a"}
    runbook = "docs/runbooks/worker-silent.md"
    view = AlertView("WorkerSilent", "warning", "silenced", labels, "It.", [], "accessa", runbook, _AT, _AT, [silence])

    [told] = orjson.loads(as_json(told_alerts([view])))

    assert ("silenced", "/runbooks/worker-silent") == (told["state"], told["runbook"])
    assert [
        {
            "silence_id": "00000000-0000-0000-0000-000000000007",
            "alert": "WorkerSilent",
            "labels": {"worker": "a"},
            "reason": "known",
            "created_by": "the monitoring page",
            "until": "2026-01-01T00:00:00+00:00",
        }
    ] == told["silences"]
