"""The catalogue as rules of Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import promql_parser
import yaml

from accessa.observe.alerts.catalogue import AlertRule, kebab

RUNBOOKS_AT = "http://localhost:3000/runbooks/"
_HEAD = "# Made from monitoring/alerts.yaml by `make alert-rules`; change it there.\n"


def rules_file(rules: Sequence[AlertRule], *, runbooks_at: str = RUNBOOKS_AT) -> str:
    """Return the text of a rules file; `runbooks_at` is the address below which the monitoring serves runbooks."""
    ordered = sorted(rules, key=lambda rule: rule.group)
    groups = [
        {"name": f"accessa-{group}", "rules": [_rule(rule, runbooks_at) for rule in members]}
        for group, members in groupby(ordered, key=lambda rule: rule.group)
    ]
    body = yaml.safe_dump({"groups": groups}, sort_keys=False, width=120, allow_unicode=True)
    return f"{_HEAD}{body}"


def _rule(rule: AlertRule, runbooks_at: str) -> dict[str, Any]:
    return {
        "alert": rule.name,
        "expr": rule.expression.text,
        "for": promql_parser.display_duration(rule.holds) if rule.holds else "0s",
        "labels": {"severity": rule.severity, "area": rule.group},
        "annotations": {
            "summary": rule.summary.text,
            "causes": "\n".join(rule.causes),
            "first_command": rule.first_command,
            "runbook_url": f"{runbooks_at.rstrip('/')}/{kebab(rule.name)}",
        },
    }
