"""Every function and operator of our subset of PromQL gives what Prometheus gives, on random series."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from backend.tests.unit.observe.courses import (
    ENDED,
    MISSING,
    Course,
    Point,
    firing_by_second,
    promtool_case,
    run_promtool,
)

from accessa.observe.alerts.catalogue import AlertRule
from accessa.observe.alerts.wording import read_template
from accessa.observe.promql.expression import read_expression

# Each of them is never without results for long; the summary tells the value, so the values are compared as well.
EXPRESSIONS = (
    "rate(errors_total[40s])",
    "increase(errors_total[40s] offset 10s)",
    "delta(level[1m])",
    "changes(level[1m])",
    "avg_over_time(level[30s])",
    "sum_over_time(level[30s]) / count_over_time(level[30s])",
    "last_over_time(level[20s])",
    "max without (place) (level) - on(kind) min by (kind) (level)",
    "sum(level) % 7",
    "avg by (kind) (level) ^ 2",
    "count(level > 10) or vector(-1)",
    "group by (kind) (level) * 3",
    "level > bool 20",
    "-level + 100",
    "30 > level",
    "level != 10 < 45",
    "clamp_max(level, 25) + clamp_min(level, 5)",
    "abs(level - 30)",
    "scalar(sum(level)) + vector(1)",
    "time() - level * 0",
    "level * on(kind) group_left(team) owner",
    "owner * on(kind) group_right() level",
    'level unless on(kind, place) level{place=~"a|x.*"}',
    "level and ignoring(place, kind) vector(1)",
    'absent(level{kind="one", place!="a"})',
    "histogram_quantile(0.9, sum by (le) (rate(took_bucket[1m])))",
    "level / (level - level)",
)


def rule_of(number: int) -> AlertRule:
    """Return an alert that fires at once while an expression has results, and tells their values."""
    return AlertRule(
        name=f"Case{number}",
        group="subset",
        severity="info",
        expression=read_expression(EXPRESSIONS[number]),
        holds=timedelta(0),
        summary=read_template("It is {{ $value | humanizeDuration }}."),
        causes=("None.",),
        first_command="accessa status",
        runbook="none",
    )


def _levels(chance: random.Random, steps: int) -> list[Point]:
    return [chance.choices((chance.randint(0, 50), MISSING, ENDED), (20, 2, 1))[0] for _ in range(steps)]


def _counter(chance: random.Random, steps: int) -> list[Point]:
    total, points = 0.0, list[Point]()
    for _ in range(steps):
        # Now and then its process is started anew.
        total = 0.0 if chance.random() < 0.05 else total + chance.choice((0, 0, 1, 5))
        points.append(chance.choices((total, MISSING), (15, 1))[0])
    return points


def _histogram(chance: random.Random, steps: int) -> dict[str, list[Point]]:
    low, middle, high = 0, 0, 0
    buckets: dict[str, list[Point]] = {bound: [] for bound in ("0.1", "1", "+Inf")}
    for _ in range(steps):
        low += chance.randint(0, 3)
        middle += chance.randint(0, 3)
        high += chance.randint(0, 1)
        for bound, total in zip(buckets, (low, low + middle, low + middle + high), strict=True):
            buckets[bound].append(float(total))
    return {f'took_bucket{{le="{bound}"}}': points for bound, points in buckets.items()}


def random_course(chance: random.Random) -> Course:
    """Return series of all kinds for two minutes."""
    step = chance.choice((1, 5, 10))
    steps = 120 // step
    levels = {
        f'level{{kind="{kind}",place="{place}"}}': _levels(chance, steps) for kind in ("one", "two") for place in "ab"
    }
    owners: dict[str, list[Point]] = {
        f'owner{{kind="{kind}",team="{team}"}}': [1.0] * steps for kind, team in (("one", "red"), ("two", "blue"))
    }
    errors = {f'errors_total{{code="{code}"}}': _counter(chance, steps) for code in ("A", "B")}
    return Course(step, {**levels, **owners, **errors, **_histogram(chance, steps)})


@pytest.mark.parametrize("seed", range(3))
def test_values_are_those_of_prometheus(tmp_path: Path, seed: int) -> None:
    """The same results with the same labels and values, at moments before, on and between samples."""
    chance = random.Random(seed)
    cases, seen = [], 0
    for number in range(len(EXPRESSIONS)):
        course = random_course(chance)
        firing = firing_by_second(rule_of(number), course, 130)
        seen += any(firing)
        moments = sorted(chance.sample(range(1, 130), 12))
        cases.append(promtool_case(rule_of(number), course, {at: firing[at] for at in moments}))

    assert seen >= len(EXPRESSIONS) - 1, "an expression without any result compares nothing"
    assert run_promtool(tmp_path, cases) == ""
