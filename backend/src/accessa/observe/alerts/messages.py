"""Messages: a notice in words, as all channels send it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from accessa.observe.alerts.catalogue import kebab
from accessa.observe.alerts.lifecycle import Instance
from accessa.observe.alerts.notices import Notice
from accessa.observe.alerts.silences import moment


@dataclass(frozen=True, slots=True)
class ToldInstance:
    """One instance of the alert: its labels, its sentence, and since when it is so."""

    labels: dict[str, str]
    summary: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """Everything that is told at once about one alert."""

    message_id: str
    at: datetime
    alert: str
    severity: str
    causes: tuple[str, ...]
    first_command: str
    runbook_url: str
    firing: tuple[ToldInstance, ...]
    resolved: tuple[ToldInstance, ...]
    is_test: bool = False

    @property
    def title(self) -> str:
        """One line: what is wrong, or over."""
        state = f"{len(self.firing)} firing" if self.firing else "resolved"
        return f"[{'TEST' if self.is_test else self.severity}] {self.alert}: {state}"


def message_of(notice: Notice, at_ms: int, runbooks_url: str) -> Message:
    """Return a notice in words."""
    rule = notice.about.rule
    return Message(
        message_id=f"msg_{uuid4().hex}",
        at=moment(at_ms),
        alert=rule.name,
        severity=rule.severity,
        causes=rule.causes,
        first_command=rule.first_command,
        runbook_url=f"{runbooks_url.rstrip('/')}/{kebab(rule.name)}",
        firing=_told(notice.firing),
        resolved=_told(notice.resolved),
    )


def message_for_test(runbooks_url: str) -> Message:
    """Return a message that says that it is none, to try the channels with."""
    now = datetime.now(UTC)
    summary = "This is a test of the alerts: nothing is wrong."
    return Message(
        message_id=f"msg_{uuid4().hex}",
        at=now,
        alert="Test",
        severity="info",
        causes=("Somebody ran accessa alerts test.",),
        first_command="accessa alerts",
        runbook_url=runbooks_url,
        firing=(ToldInstance({}, summary, now),),
        resolved=(),
        is_test=True,
    )


def as_json(message: Message) -> str:
    """Return the body of a webhook: type, time and data, as Standard Webhooks advises."""
    kind = "test" if message.is_test else "firing" if message.firing else "resolved"
    data = {
        "alert": message.alert,
        "severity": message.severity,
        "firing": message.firing,
        "resolved": message.resolved,
        "causes": message.causes,
        "first_command": message.first_command,
        "runbook_url": message.runbook_url,
    }
    return orjson.dumps({"type": f"alert.{kind}", "timestamp": message.at, "data": data}).decode()


def as_text(message: Message) -> str:
    """Return the message for a person."""
    lines = [told.summary for told in message.firing]
    lines += [f"Over: {told.summary}" for told in message.resolved]
    if message.firing:
        lines += ["", "Likely causes:", *(f"- {cause}" for cause in message.causes)]
        lines += ["", f"First: {message.first_command}"]
    return "\n".join([*lines, f"Runbook: {message.runbook_url}"])


def _told(instances: Iterable[Instance]) -> tuple[ToldInstance, ...]:
    return tuple(ToldInstance(dict(one.labels), one.summary, moment(one.active_ms)) for one in instances)
