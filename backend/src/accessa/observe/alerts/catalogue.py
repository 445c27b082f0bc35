"""The catalogue of alerts, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from accessa.domain.errors import UsageError
from accessa.observe.alerts.inhibitions import Inhibition, read_inhibitions
from accessa.observe.alerts.packaged import catalogue_text
from accessa.observe.alerts.wording import Template, read_template
from accessa.observe.promql.expression import Expression, read_expression
from accessa.observe.promql.values import ExpressionError

SEVERITIES = ("critical", "warning", "info")
_FIELDS = ("name", "group", "severity", "expr", "for", "summary", "causes", "first_command", "runbook")
_NAME = re.compile(r"([A-Z][a-z0-9]+)+")
_WORD = re.compile(r"[A-Z][a-z0-9]+")


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert of the catalogue; it fires when its expression has had a result for `holds`."""

    name: str
    group: str
    severity: str
    expression: Expression
    holds: timedelta
    summary: Template
    causes: tuple[str, ...]
    first_command: str
    runbook: str
    #: while it fires others may end for want of figures, so nobody is told that they are over
    blinds: bool = False

    @property
    def window_seconds(self) -> float:
        """How far back its expression looks; 0 when it only asks what is so now."""
        return max(self.expression.looks_back.values(), default=0.0)


def load_catalogue(file: Path | None = None) -> list[AlertRule]:
    """Return the alerts of `file`, else those that come with the program.

    Raises `UsageError` SETTINGS_INVALID with one sentence that names the alert which is wrong.
    """
    return read_catalogue(_text(file))


def load_inhibitions(file: Path | None = None) -> list[Inhibition]:
    """Return which alerts of the same catalogue explain which others; raises `UsageError` like `load_catalogue`."""
    content = _content(_text(file))
    return read_inhibitions(content.get("inhibitions", []), {entry["name"] for entry in content["alerts"]})


def read_catalogue(text: str) -> list[AlertRule]:
    """Return the alerts that the YAML in `text` describes; raises `UsageError` like `load_catalogue`."""
    rules = [_rule(entry) for entry in _content(text)["alerts"]]
    names = [rule.name for rule in rules]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError("SETTINGS_INVALID", f"The alert {twice} is in the catalogue twice.")
    return rules


def kebab(name: str) -> str:
    """Return `no-worker` for `NoWorker`: the name of the alert's runbook."""
    return "-".join(word.lower() for word in _WORD.findall(name))


def history_needed(rules: Iterable[AlertRule]) -> dict[str, float]:
    """Return how many seconds of each metric the rules look back upon."""
    needed: dict[str, float] = {}
    for rule in rules:
        for name, seconds in rule.expression.looks_back.items():
            needed[name] = max(needed.get(name, 0.0), seconds)
    return needed


def _text(file: Path | None) -> str:
    try:
        return file.read_text(encoding="utf-8") if file else catalogue_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("SETTINGS_INVALID", f"The alerts cannot be read ({type(error).__name__}).") from None


def _content(text: str) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UsageError("SETTINGS_INVALID", "The catalogue of alerts is no YAML.") from None
    if not isinstance(content, Mapping) or not isinstance(content.get("alerts"), list):
        raise UsageError("SETTINGS_INVALID", "The catalogue of alerts has no list `alerts`.")
    return content


def _rule(entry: Any) -> AlertRule:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError("SETTINGS_INVALID", f"The alert {name!r} needs a name like NoWorker.")
    missing = [field for field in _FIELDS if not entry.get(field)]
    if missing:
        raise UsageError("SETTINGS_INVALID", f"The alert {name} lacks: {', '.join(missing)}.")
    if entry["severity"] not in SEVERITIES:
        raise UsageError("SETTINGS_INVALID", f"The alert {name} needs a severity of {', '.join(SEVERITIES)}.")
    try:
        return _made(entry)
    except (ExpressionError, ValueError) as error:
        raise UsageError("SETTINGS_INVALID", f"The alert {name} cannot be used: {error}.") from None


def _made(entry: Mapping[str, Any]) -> AlertRule:
    return AlertRule(
        name=entry["name"],
        group=str(entry["group"]),
        severity=entry["severity"],
        expression=read_expression(str(entry["expr"])),
        holds=_duration(str(entry["for"])),
        summary=read_template(str(entry["summary"])),
        causes=tuple(str(cause) for cause in entry["causes"]),
        first_command=str(entry["first_command"]),
        runbook=str(entry["runbook"]),
        blinds=entry.get("blinds") is True,
    )


def _duration(text: str) -> timedelta:
    return timedelta(0) if text == "0s" else promql_parser.parse_duration(text)
