"""Courses of series over time, played to our evaluator and written in the notation of promtool."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.tests.programs import require_program
from backend.tests.unit.observe.alert_cases import Case, Grows, Level

from accessa.observe.alerts.catalogue import AlertRule, kebab
from accessa.observe.alerts.lifecycle import AlertBook, Instance
from accessa.observe.alerts.prometheus_rules import RUNBOOKS_AT, rules_file
from accessa.observe.promql.samples import STALE, Labels, SampleStore

_PAIR = re.compile(r'(\w+)="([^"]*)"')
#: A sample that is missing, and one that marks the end of its series.
MISSING, ENDED = "_", "stale"
Point = float | str


@dataclass(frozen=True)
class Course:
    """What each series is, every `step` seconds from second 0 on."""

    step: int
    series: dict[str, list[Point]]

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.step * max(len(points) for points in self.series.values())


@dataclass(frozen=True)
class PromtoolCase:
    """One rule, and a test of it in the form of promtool."""

    rule: AlertRule
    group: dict[str, Any]


def labels_of(series: str) -> Labels:
    """Return the labels of `metric{labels}`."""
    name, _, rest = series.partition("{")
    return tuple(sorted([("__name__", name), *_PAIR.findall(rest)]))


def course_of(case: Case, states: dict[str, Sequence[str]], step: int) -> Course:
    """Return the series of a case as they are `well`, `ill`, `missing` or `ended`, one state a step."""
    return Course(step, {series: _points(case[series], states[series], step) for series in case})


def _points(levels: tuple[Level, Level], states: Sequence[str], step: int) -> list[Point]:
    points: list[Point] = []
    total = 0.0
    for number, state in enumerate(states):
        level = levels[state == "ill"]
        total += level.by * step if isinstance(level, Grows) else 0
        if state in {"missing", "ended"}:
            points.append(MISSING if state == "missing" else ENDED)
        elif isinstance(level, Grows):
            points.append(total)
        else:
            points.append(float(level(number * step)) if callable(level) else float(level))
    return points


def firing_by_second(rule: AlertRule, course: Course, until: int) -> list[dict[Labels, str]]:
    """Return which instances fire at each second by our evaluator, with their summaries."""
    store = SampleStore(rule.expression.looks_back)
    book = AlertBook([rule])
    firing = []
    for second in range(until + 1):
        for series, points in course.series.items():
            number, between = divmod(second, course.step)
            if not between and number < len(points) and points[number] != MISSING:
                value = points[number]
                store.append(labels_of(series), STALE if value == ENDED else float(value), second * 1000)
        book.evaluate(store, second * 1000)
        firing.append({instance.labels: instance.summary for instance in book.instances() if _fires(instance)})
    return firing


def _fires(instance: Instance) -> bool:
    return instance.fired_ms is not None


def promtool_case(rule: AlertRule, course: Course, expected: dict[int, dict[Labels, str]]) -> PromtoolCase:
    """Return the case as promtool takes it: the rule, the series, and what has to fire at some seconds."""
    group = {
        "name": rule.name,
        "interval": f"{course.step}s",
        "input_series": [
            {"series": series, "values": " ".join(str(point) for point in points)}
            for series, points in course.series.items()
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{second}s",
                "alertname": rule.name,
                "exp_alerts": [_expected(rule, labels, summary) for labels, summary in instances.items()],
            }
            for second, instances in expected.items()
        ],
    }
    return PromtoolCase(rule, group)


def _expected(rule: AlertRule, labels: Labels, summary: str) -> dict[str, Any]:
    return {
        "exp_labels": dict(labels) | {"severity": rule.severity, "area": rule.group},
        "exp_annotations": {
            "summary": summary,
            "causes": "\n".join(rule.causes),
            "first_command": rule.first_command,
            "runbook_url": f"{RUNBOOKS_AT}{kebab(rule.name)}",
        },
    }


def run_promtool(folder: Path, cases: list[PromtoolCase]) -> str:
    """Return what promtool finds wrong; nothing when all is as expected.

    Each case stands in a file of its own with its one rule, as promtool evaluates all rules of a file every second.
    """
    program = require_program("promtool", package="prometheus")
    files = [_written(folder, number, case) for number, case in enumerate(cases)]
    run = subprocess.run([program, "test", "rules", *files], capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else f"{run.stdout}{run.stderr}"


def _written(folder: Path, number: int, case: PromtoolCase) -> str:
    rules, tests = folder / f"rules{number}.yml", folder / f"case{number}.yml"
    rules.write_text(rules_file([case.rule]))
    content = {"rule_files": [str(rules)], "evaluation_interval": "1s", "tests": [case.group]}
    tests.write_text(json.dumps(content))
    return str(tests)
