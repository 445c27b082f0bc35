"""Our evaluator and Prometheus decide alike about every alert, on planned and on random courses of series."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from backend.tests.unit.observe.alert_cases import CASES
from backend.tests.unit.observe.courses import Course, course_of, firing_by_second, promtool_case, run_promtool

from accessa.observe.alerts.catalogue import AlertRule, load_catalogue
from accessa.observe.promql.samples import Labels

RULES = {rule.name: rule for rule in load_catalogue()}
WELL_SECONDS, ILL_SECONDS = 60, 120
#: How much later than its for-duration an alert may fire.
PATIENCE_SECONDS = 10
#: So long a counter that grew is seen to have grown.
LONGEST_WINDOW = 900


def _planned(name: str) -> tuple[Course, int]:
    """Return a course that is well, then ill, then well again until the alert has to be over, and its length."""
    states = ["well"] * WELL_SECONDS + ["ill"] * ILL_SECONDS
    longest = int(max(RULES[name].expression.looks_back.values()))
    until = WELL_SECONDS + ILL_SECONDS + longest + PATIENCE_SECONDS
    states += ["well"] * (until - len(states) + 1)
    return course_of(CASES[name], dict.fromkeys(CASES[name], states), 1), until


def test_each_alert_has_a_case() -> None:
    """Every alert of the catalogue but the one about missing figures, which has its own test, is played."""
    assert set(RULES) - {"FiguresMissing"} == set(CASES)


def test_each_alert_fires_after_its_duration_and_ends_in_both(tmp_path: Path) -> None:
    """On a fault each alert fires at its for-duration, at most 10 s later and never before, and ends after repair."""
    cases, early, late = [], [], []
    for name in CASES:
        course, until = _planned(name)
        firing = firing_by_second(RULES[name], course, until)
        begins = next((second for second, now in enumerate(firing) if now), -1)
        ends = next((second for second in range(begins, until + 1) if not firing[second]), -1)
        due = WELL_SECONDS + RULES[name].holds.total_seconds()
        early += [name] if begins < due else []
        late += [name] if begins > due + PATIENCE_SECONDS or ends < begins else []
        cases.append(
            promtool_case(RULES[name], course, {at: firing[at] for at in (begins - 1, begins, ends - 1, ends)})
        )

    assert ([], []) == (early, late)
    assert run_promtool(tmp_path, cases) == ""


def test_errors_that_are_over_do_not_alarm_again_as_the_load_stops(tmp_path: Path) -> None:
    """After the repair only errors stay in the window for a while: they were told of, and are no news."""
    api = 'instance="127.0.0.1:8000",job="api-server",method="GET",route="/jobs"'
    # Well, ill, mended under more load, and nobody there any more.
    seconds, good, bad = (300, 40, 60, 300), (4, 4, 10, 0), (0, 1.75, 0, 0)
    rates = {"200": good, "503": bad}
    course = Course(
        1,
        {
            f'accessa_http_requests_total{{{api},status="{status}"}}': list(
                accumulate(rate for lasts, rate in zip(seconds, each, strict=True) for rate in [rate] * lasts)
            )
            for status, each in rates.items()
        },
    )
    firing = firing_by_second(RULES["ApiErrors"], course, course.seconds - 1)

    assert [True, False] == [
        bool(now) for now, before in zip(firing[1:], firing, strict=False) if bool(now) != bool(before)
    ]
    assert run_promtool(tmp_path, [promtool_case(RULES["ApiErrors"], course, dict(enumerate(firing)))]) == ""


def test_missing_figures_are_told_in_both(tmp_path: Path) -> None:
    """When the monitoring tells nothing any more, that is an alert of its own."""
    rule = RULES["FiguresMissing"]
    course = Course(1, {'accessa_database_up{job="monitoring"}': [1.0] * 20 + ["stale"] + ["_"] * 20 + [1.0] * 20})
    firing = firing_by_second(rule, course, 60)

    assert (False, True, False) == (bool(firing[34]), bool(firing[35]), bool(firing[41]))
    assert run_promtool(tmp_path, [promtool_case(rule, course, dict(enumerate(firing)))]) == ""


@pytest.mark.parametrize("seed", range(4))
def test_random_courses_are_judged_alike(tmp_path: Path, seed: int) -> None:
    """Whatever becomes of the series, gaps, ends and restarts included, both sides fire for the same, worded alike."""
    chance = random.Random(seed)
    cases = []
    for name, rule in RULES.items():
        course = _random_course(chance, name)
        firing = firing_by_second(rule, course, course.seconds)
        cases.append(promtool_case(rule, course, {at: firing[at] for at in _moments(chance, firing)}))

    assert run_promtool(tmp_path, cases) == ""


def _random_course(chance: random.Random, name: str) -> Course:
    case = CASES.get(name, {'accessa_database_up{job="monitoring"}': (1, 0)})
    step = chance.choice((1, 2, 5, 15))
    steps = 360 // step
    return course_of(case, {series: _random_states(chance, steps) for series in case}, step)


def _random_states(chance: random.Random, steps: int) -> Sequence[str]:
    states: list[str] = []
    while len(states) < steps:
        state = chance.choices(("well", "ill", "missing", "ended"), (4, 6, 1, 1))[0]
        states += [state] * min(chance.randint(1, max(2, steps // 3)), steps - len(states))
    return states


def _moments(chance: random.Random, firing: list[dict[Labels, str]]) -> list[int]:
    """Return the seconds around each change, and a few others."""
    changes = [second for second, (one, two) in enumerate(pairwise(firing), start=1) if one.keys() != two.keys()]
    around = {near for second in changes[:6] for near in (second - 1, second)}
    return sorted(around | {chance.randrange(len(firing)) for _ in range(4)})


def test_a_rule_that_is_not_the_catalogues_is_told(tmp_path: Path) -> None:
    """The comparison can fail: under another threshold promtool contradicts."""
    course, _ = _planned("NoWorker")
    rule: AlertRule = RULES["NoWorker"]
    wrong: dict[int, dict[Labels, str]] = {WELL_SECONDS + 30: {(("worker", "w1"),): "Something else."}}

    assert "FAILED" in run_promtool(tmp_path, [promtool_case(rule, course, wrong)])
