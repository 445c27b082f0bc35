"""What the doctor says about the alerts that the monitoring sees."""

from __future__ import annotations

from accessa.stack.diagnosis.alerts import judge_alerts, look_at_alerts


def alert(name: str, state: str = "firing", severity: str = "warning") -> dict[str, str]:
    """Return an active alert as the monitoring tells of it."""
    command = f"accessa logs {name.lower()}"
    return {"name": name, "state": state, "severity": severity, "summary": f"{name}!", "first_command": command}


def test_rejected_webhooks_have_a_line_and_all_other_alerts_another() -> None:
    """Each that fires is told with its own words, and with the command that its catalogue names first."""
    webhooks, others = judge_alerts([alert("WebhooksRejected"), alert("DiskFills"), alert("NoWorker")])

    assert (False, False) == (webhooks.ok, others.ok)
    assert webhooks.sentence.startswith("WebhooksRejected! The worker that asked has another LLAMAPARSE_WEBHOOK_SECRET")
    assert "DiskFills: DiskFills! NoWorker: NoWorker!" == others.sentence
    assert "Run: accessa logs diskfills; accessa logs noworker" == others.mend


def test_what_does_not_fire_is_no_fault() -> None:
    """Pending and silenced alerts, and mere hints, leave the doctor calm."""
    found = judge_alerts([alert("A", "pending"), alert("B", "silenced"), alert("C", severity="info")])

    assert [True, True] == [finding.ok for finding in found]


def test_a_monitoring_that_does_not_answer_is_nothing_to_tell() -> None:
    """Its own service is looked at in another place."""
    assert [] == list(look_at_alerts("http://127.0.0.1:1"))
    assert [] == list(look_at_alerts(""))
