"""`accessa alerts`: what is wrong now, silences, history, and a test of the ways on which notices go."""

from __future__ import annotations

import getpass
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import moment, seconds
from accessa.cli.monitoring_client import ask_monitoring
from accessa.cli.output import emit, note, say
from accessa.cli.tables import Column, Kind, table
from accessa.domain.errors import UsageError
from accessa.settings import load_settings

app = typer.Typer(add_completion=False)

_ACTIVE = (Column("state"), Column("severity"), Column("alert"), Column("for"), Column("what", Kind.WORDS))
_SILENCES = (
    Column("silence"),
    Column("alert"),
    Column("until"),
    Column("only", spare=2),
    Column("reason", Kind.WORDS, spare=1),
)
_HISTORY = (
    Column("fired"),
    Column("resolved"),
    Column("severity", spare=1),
    Column("alert"),
    Column("what", Kind.WORDS),
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d+)([smhd])")
_AS_JSON = typer.Option(False, "--json", help="One JSON object a line.")


@app.callback(invoke_without_command=True, epilog="Example: accessa alerts --json")
def show_alerts(context: typer.Context, as_json: bool = _AS_JSON) -> ExitCode | None:
    """Show the alerts that are active, worst first, and what to do first.

    What an alert explains is named with it. The exit code is 1 while a critical one fires, else 0.
    """
    if context.invoked_subcommand is not None:
        return None
    active = ask_monitoring("GET", "/api/alerts")["active"]
    if as_json:
        for alert in active:
            emit(alert)
    else:
        _tell(active)
    critical = any(one["severity"] == "critical" and one["state"] == "firing" and not _overheard(one) for one in active)
    return ExitCode.FAILED if critical else ExitCode.OK


def _overheard(alert: dict[str, Any]) -> bool:
    """Tell whether the alert is explained by one that is silenced."""
    return alert["explained_by"] is not None and alert["explained_by"]["state"] == "silenced"


def _tell(active: list[dict[str, Any]]) -> None:
    if not active:
        say("no alert is active")
        return
    causes = [one for one in active if one["explained_by"] is None]
    table(
        _ACTIVE,
        [
            (a["state"], a["severity"], a["name"], _since(a["active_since"]), f"{a['summary']}{_explained(a, active)}")
            for a in causes
        ],
    )
    for alert in {one["name"]: one for one in causes if one["state"] == "firing"}.values():
        note(f"{alert['name']}: first run {alert['first_command']}; then read {alert['runbook']}")


def _explained(cause: dict[str, Any], active: list[dict[str, Any]]) -> str:
    """Return how many others the cause explains, and which: `3 more that this explains: ServiceDown, …`."""
    names = Counter(
        one["name"]
        for one in active
        if (by := one["explained_by"]) and (by["name"], by["labels"]) == (cause["name"], cause["labels"])
    )
    told = ", ".join(name if number == 1 else f"{name} ({number})" for name, number in names.items())
    return f" {names.total()} more that this explains: {told}." if names else ""


@app.command("silence", epilog="Example: accessa alerts silence WorkerSilent --for 2h --label worker=w1")
def silence(
    alert: str = typer.Argument(metavar="ALERT", help="Its name, as NoWorker."),
    span: str = typer.Option("1h", "--for", metavar="SPAN", help="How long, as 30m, 2h or 1d."),
    label: list[str] = typer.Option([], "--label", metavar="NAME=VALUE", help="Only instances with this label."),
    reason: str = typer.Option("", "--reason", help="Why, for the others."),
) -> None:
    """Send no notices of an alert for a while; it is still shown."""
    wish = {
        "alert": alert,
        "seconds": _seconds(span),
        "labels": dict(_label(text) for text in label),
        "reason": reason,
        "created_by": getpass.getuser(),
    }
    made = ask_monitoring("POST", "/api/silences", wish)
    say(f"{made['alert']} is silenced until {moment(made['until'])}; to end that: "
        f"accessa alerts unsilence {made['silence_id']}")  # fmt: skip


@app.command("silences", epilog="Example: accessa alerts silences")
def list_silences(as_json: bool = _AS_JSON) -> None:
    """List the silences that last."""
    rows = ask_monitoring("GET", "/api/silences")
    if as_json:
        for row in rows:
            emit(row)
    elif rows:
        table(
            _SILENCES,
            [(r["silence_id"], r["alert"], moment(r["until"]), _told(r["labels"]), r["reason"]) for r in rows],
        )
    else:
        say("no alert is silenced")


@app.command("unsilence", epilog="Example: accessa alerts unsilence 0b54f0c6-0000-4000-8000-000000000001")
def unsilence(
    silence_id: str = typer.Argument(metavar="SILENCE", help="Its id, from accessa alerts silences."),
) -> None:
    """End a silence."""
    ask_monitoring("DELETE", f"/api/silences/{silence_id}")
    say("the silence is over")


@app.command("history", epilog="Example: accessa alerts history --limit 20")
def history(
    limit: int = typer.Option(50, "--limit", min=1, max=1000, help="Most rows."), as_json: bool = _AS_JSON
) -> None:
    """List the alerts that have fired, latest first."""
    rows = ask_monitoring("GET", f"/api/alerts/history?most={limit}")
    if as_json:
        for row in rows:
            emit(row)
    elif rows:
        cells = [
            (moment(r["fired_at"]), moment(r["resolved_at"]), r["severity"], r["alert"], r["summary"]) for r in rows
        ]
        table(_HISTORY, cells)
    else:
        say("no alert has fired yet")


@app.command("test", epilog="Example: accessa alerts test")
def test() -> ExitCode:
    """Send a test notice on every way that is set, and tell whether it arrived; the exit code is 1 when one did not."""
    outcomes = ask_monitoring("POST", "/api/alerts/test", {})
    for channel, outcome in outcomes.items():
        say(f"{channel}: {outcome}")
    return ExitCode.OK if set(outcomes.values()) == {"delivered"} else ExitCode.FAILED


@app.command("rules", epilog="Example: accessa alerts rules alerts.rules.yml")
def write_rules(
    file: Path = typer.Argument(metavar="FILE", help="Where to write them."),
    alertmanager: Path | None = typer.Option(
        None, "--alertmanager", metavar="FILE", help="Configuration of an Alertmanager: gets its inhibit_rules.",
        exists=True, dir_okay=False,
    ),
) -> None:  # fmt: skip
    """Write the alerts as rules for Prometheus, with links to the runbooks at ALERT_RUNBOOKS_URL."""
    # Only this command reads the catalogue, and a parser of PromQL with it.
    from accessa.observe.alerts.alertmanager_rules import with_inhibit_rules  # noqa: PLC0415
    from accessa.observe.alerts.catalogue import load_catalogue, load_inhibitions  # noqa: PLC0415
    from accessa.observe.alerts.prometheus_rules import rules_file  # noqa: PLC0415

    alert = load_settings().alert
    file.write_text(rules_file(load_catalogue(alert.file), runbooks_at=alert.runbooks_url), encoding="utf-8")
    if alertmanager is not None:
        known = alertmanager.read_text(encoding="utf-8")
        alertmanager.write_text(with_inhibit_rules(known, load_inhibitions(alert.file)), encoding="utf-8")


def _since(text: str) -> str:
    return seconds((datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds())


def _told(labels: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items()) or "-"


def _seconds(span: str) -> int:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise UsageError("USAGE_WRONG", f"--for {span} is no span; write it like 30m, 2h or 1d.")
    return int(found[1]) * _UNITS[found[2]]


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError("USAGE_WRONG", f"--label {text} is no label; write it like worker=w1.")
    return name, value
