"""Alerts and silences as the page gets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import orjson

from accessa.apps.monitor.as_json import as_json
from accessa.apps.monitor.shown_alerts import told_alerts
from accessa.observe.alerts.board import AlertBoard, AlertView, Cause
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


def test_causes_come_before_what_they_explain_and_what_is_critical_comes_first() -> None:
    """A warning that explains a critical alert stands with it; what a silenced alert explains comes last."""

    def view(name: str, severity: str, by: Cause | None = None) -> AlertView:
        return AlertView(name, severity, "firing", {}, "It.", [], "accessa", "docs/runbooks/a.md", _AT, _AT, [], by)

    board = AlertBoard()
    silenced = replace(view("Silenced", "critical"), state="silenced")
    explained = [
        view("Far", "critical", Cause("Silenced", {}, "silenced")),
        view("Effect", "critical", Cause("Worrying", {}, "firing")),
        view("Lesser", "info", Cause("Grave", {}, "firing")),
    ]
    board.show(
        [*explained, view("Annoying", "warning"), silenced, view("Worrying", "warning"), view("Grave", "critical")],
        [],
        [],
    )

    assert ["Grave", "Lesser", "Worrying", "Effect", "Annoying", "Silenced", "Far"] == [
        one.name for one in board.active()
    ]
    assert {"name": "Grave", "labels": {}, "state": "firing"} == orjson.loads(as_json(told_alerts(board.active())))[1][
        "explained_by"
    ]
