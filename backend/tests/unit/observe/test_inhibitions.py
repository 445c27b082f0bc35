"""Which alerts explain which others: read from the catalogue, and the same for the Alertmanager."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from backend.tests.programs import require_program

from accessa.domain.errors import UsageError
from accessa.observe.alerts.alertmanager_rules import with_inhibit_rules
from accessa.observe.alerts.catalogue import SEVERITIES, load_catalogue, load_inhibitions
from accessa.observe.alerts.inhibitions import AlertSelector, Inhibition, read_inhibitions
from accessa.observe.promql.samples import Labels

ROOT = Path(__file__).resolve().parents[4]
ALERTMANAGER = ROOT / "monitoring" / "alertmanager" / "alertmanager.yml"
RULES = {rule.name: rule for rule in load_catalogue()}
INHIBITIONS = load_inhibitions()
PAIRS = [
    (cause, explained) for inhibition in INHIBITIONS for cause in inhibition.causes for explained in inhibition.explains
]


@dataclass(frozen=True)
class Alert:
    """An alert that is active."""

    alert: str
    labels: Labels


def named(alert: str, **labels: str) -> Alert:
    """Return an alert with these labels."""
    return Alert(alert, tuple(sorted(labels.items())))


def read(*entries: object) -> list[Inhibition]:
    """Return inhibitions among four alerts."""
    return read_inhibitions(list(entries), {"Cause", "Other", "Effect", "Far"})


@pytest.mark.parametrize(
    ("cause", "effect", "applies"),
    [
        (named("Cause", job="a", service="worker-1"), named("Effect", job="a"), True),
        (named("Other", job="a"), named("Effect", job="a"), True),
        (named("Cause", job="a", service="api"), named("Effect", job="a"), False),
        (named("Other", job="a"), named("Effect", job="b"), False),
        (named("Other"), named("Effect"), True),
        (named("Other", job="a"), named("Effect"), False),
        (named("Effect", job="a"), named("Other", job="a"), False),
        (named("Far", job="a"), named("Effect", job="a"), False),
    ],
)
def test_labels_decide_as_they_do_in_the_alertmanager(cause: Alert, effect: Alert, applies: bool) -> None:  # noqa: FBT001
    """An expression has to fit the whole value, and a label of `equal` that both lack is alike."""
    [inhibition] = read({"causes": ['Cause{service=~"worker-."}', "Other"], "explains": ["Effect"], "equal": ["job"]})

    assert applies is inhibition.applies(cause, effect)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"causes": ["Cause"]}, "An inhibition has `causes` and `explains`"),
        ({"causes": ["Cause"], "explains": ["Effect"], "eqal": ["job"]}, "An inhibition has `causes` and `explains`"),
        ({"causes": ["Cause"], "explains": ["Gone"]}, "The inhibitions name Gone, which selects no alert"),
        ({"causes": ["Cause >"], "explains": ["Effect"]}, "The inhibitions name Cause >, which selects no alert"),
        ({"causes": ["Cause"], "explains": ["Effect", "Cause"]}, "The alert Cause would explain itself"),
    ],
)
def test_a_wrong_inhibition_is_refused(entry: object, sentence: str) -> None:
    """What would hold back nothing, or everything, is refused when the catalogue is read."""
    with pytest.raises(UsageError) as refusal:
        read(entry)

    assert sentence in refusal.value.message


def test_alerts_that_explain_each_other_are_refused() -> None:
    """In a circle of any length nobody would be told of anything."""
    circle = [("Cause", "Effect"), ("Effect", "Far"), ("Far", "Cause")]

    with pytest.raises(UsageError, match="would explain itself"):
        read(*({"causes": [cause], "explains": [effect]} for cause, effect in circle))


def test_no_alert_is_explained_by_a_lesser_one() -> None:
    """Who waits for critical alerts only hears of each fault that is critical."""
    assert [] == [(cause.alert, explained.alert) for cause, explained in PAIRS if _rank(cause) > _rank(explained)]


def _rank(selector: AlertSelector) -> int:
    return SEVERITIES.index(RULES[selector.alert].severity)


def test_labels_that_are_asked_for_are_those_of_the_alerts() -> None:
    """A label that an alert never has would make an inhibition idle, or one of everything."""
    asked = {(one.alert, matcher.name) for pair in PAIRS for one in pair for matcher in one.matchers}
    asked |= {
        (one.alert, label)
        for inhibition in INHIBITIONS
        for label in inhibition.equal
        for one in (*inhibition.causes, *inhibition.explains)
    }

    assert asked
    assert set() == {(alert, label) for alert, label in asked if label not in RULES[alert].expression.text}


def test_the_alertmanager_has_the_inhibitions_of_the_catalogue() -> None:
    """After a change of the catalogue its rules are made again: `make alert-rules`."""
    text = ALERTMANAGER.read_text(encoding="utf-8")

    assert with_inhibit_rules(text, INHIBITIONS) == text


def test_the_rest_of_a_configuration_stays(tmp_path: Path) -> None:
    """Rules are put in place of older ones wherever these stand, in words that the Alertmanager takes."""
    inhibitions = read(
        {"causes": ['Cause{service!~"a|\\\\."}', "Other"], "explains": ["Effect", 'Far{job="a"}'], "equal": ["job"]}
    )
    before = "route: {receiver: us}\n\ninhibit_rules:\n- equal: [old]\n\nreceivers:\n- name: us\n"
    after = with_inhibit_rules(before, inhibitions)
    file = tmp_path / "alertmanager.yml"
    file.write_text(after)
    tool = require_program("amtool", package="prometheus-alertmanager")
    checked = subprocess.run([tool, "check-config", file], capture_output=True, text=True, timeout=60, check=False)
    read_back = yaml.safe_load(after)
    rules = read_back["inhibit_rules"]

    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert ({"receiver": "us"}, [{"name": "us"}]) == (read_back["route"], read_back["receivers"])
    assert after == with_inhibit_rules(after, inhibitions)
    assert 4 == len(rules)
    assert {
        "source_matchers": ['alertname="Cause"', 'service!~"a|\\\\."'],
        "target_matchers": ['alertname="Far"', 'job="a"'],
        "equal": ["job"],
    } == rules[1]
