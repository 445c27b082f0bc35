"""The catalogue of alerts: whole, true to the metrics that there are, and the one source of rules and runbooks."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from backend.tests.programs import require_program
from hatchling.builders.wheel import WheelBuilder

from accessa.cli.command_table import COMMANDS, load
from accessa.domain.errors import UsageError
from accessa.observe.alerts.catalogue import kebab, load_catalogue, read_catalogue
from accessa.observe.alerts.packaged import runbook_text
from accessa.observe.alerts.prometheus_rules import rules_file
from accessa.observe.descriptions import system_descriptions
from accessa.settings import load_settings
from accessa.telemetry.metrics import INSTRUMENTS

ROOT = Path(__file__).resolve().parents[4]
RULES = load_catalogue()
RULES_FILE = ROOT / "monitoring" / "prometheus" / "alerts.rules.yml"
RUNBOOKS = ROOT / "docs" / "runbooks"
PARTS = ("See it", "Likely causes", "What to do", "When it is over", "Why no document is lost")

_COMMAND = re.compile(r"\baccessa(?: [a-z][a-z-]*)+(?: --?[a-z-]+)*")
_ENTRY = {
    "name": "NoWorker",
    "group": "workers",
    "severity": "critical",
    "expr": "max(accessa_workers_alive) == 0",
    "for": "15s",
    "summary": "No worker.",
    "causes": ["None was started."],
    "first_command": "accessa status",
    "runbook": "docs/runbooks/no-worker.md",
}


def unknown_words(command: str) -> list[str]:
    """Return the words of a command line that are neither commands nor options of them."""
    words = shlex.split(command)[1:]
    entry = next((row for row in COMMANDS if row.name == words[0]), None)
    if entry is None:
        return words[:1]
    node: Any = load(entry)
    unknown = []
    for word in words[1:]:
        options = {name for option in node.params for name in option.opts}
        if word in getattr(node, "commands", {}):
            node = node.commands[word]
        elif (word.startswith("-") and word not in options) or getattr(node, "commands", None):
            unknown.append(word)
    return unknown


def test_the_rules_of_prometheus_are_made_of_the_catalogue() -> None:
    """After a change of the catalogue the rules are made again: `make alert-rules`."""
    assert rules_file(RULES) == RULES_FILE.read_text(encoding="utf-8")


def test_prometheus_takes_the_rules() -> None:
    """The checker of Prometheus finds nothing wrong with the rules."""
    program = require_program("promtool", package="prometheus")
    run = subprocess.run([program, "check", "rules", str(RULES_FILE)], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(RULES)} rules found" in run.stdout


def test_every_metric_that_an_alert_reads_exists() -> None:
    """No alert waits for a metric that nobody serves."""
    served = {told.name for told, _ in INSTRUMENTS.values()} | {"up"}
    served |= {told.name for told in system_descriptions(load_settings())}

    assert {} == {rule.name: lost for rule in RULES if (lost := rule.expression.looks_back.keys() - served)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_alert_has_a_whole_runbook(rule: Any) -> None:
    """The runbook bears the alert's name and has every part; each command in it, and the first one, can be typed."""
    assert f"docs/runbooks/{kebab(rule.name)}.md" == rule.runbook
    text = (ROOT / rule.runbook).read_text(encoding="utf-8")
    commands = [rule.first_command, *_COMMAND.findall(text)]

    assert text.startswith(f"# {rule.name}\n")
    assert list(PARTS) == re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert {} == {command: unknown for command in commands if (unknown := unknown_words(command))}


def test_no_runbook_is_left_over() -> None:
    """Every runbook is that of an alert, and the overview lists each."""
    names = {f"{kebab(rule.name)}.md" for rule in RULES}
    overview = (RUNBOOKS / "README.md").read_text(encoding="utf-8")

    assert names == {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert names == set(re.findall(r"\(([a-z-]+\.md)\)", overview))


def test_a_command_that_does_not_exist_is_found() -> None:
    """The test of commands can fail."""
    assert (["sing"], ["lisp"], ["--nope"], []) == (
        unknown_words("accessa sing"),
        unknown_words("accessa jobs lisp"),
        unknown_words("accessa status --nope"),
        unknown_words("accessa jobs retry --code WORKER_CRASHED"),
    )


@pytest.mark.parametrize("name", ["../README", "README", "absent", "no-worker.md", ""])
def test_only_runbooks_are_served_as_runbooks(name: str) -> None:
    """A name that is no runbook's gives nothing, whatever way out of the folder it tries."""
    assert runbook_text(name) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"expr": "topk(3, accessa_jobs)"}, "The alert NoWorker cannot be used: the aggregation topk is outside"),
        ({"expr": "predict_linear(accessa_jobs[1h], 60) > 1"}, "the function predict_linear is outside"),
        ({"expr": "max_over_time(accessa_jobs[5m:1m]) > 1"}, "the function max_over_time is outside"),
        ({"expr": "sum("}, "The alert NoWorker cannot be used: this is no PromQL"),
        ({"summary": "{{ $value }}"}, "The alert NoWorker cannot be used: {{ $value }} is no place"),
        ({"severity": "page"}, "The alert NoWorker needs a severity of critical, warning, info."),
        ({"causes": []}, "The alert NoWorker lacks: causes."),
        ({"name": "noWorker"}, "The alert 'noWorker' needs a name like NoWorker."),
    ],
)
def test_a_wrong_alert_is_refused_by_its_name(change: dict[str, object], sentence: str) -> None:
    """What the evaluator does not understand is refused when the catalogue is read, with a sentence that names it."""
    with pytest.raises(UsageError) as refusal:
        read_catalogue(yaml.safe_dump({"alerts": [_ENTRY | change]}))

    assert sentence in refusal.value.message


def test_no_alert_is_there_twice() -> None:
    """Two alerts of one name are refused, as one would hide the other."""
    with pytest.raises(UsageError, match="NoWorker is in the catalogue twice"):
        read_catalogue(yaml.safe_dump({"alerts": [_ENTRY, _ENTRY]}))


def test_catalogue_and_runbooks_go_into_the_wheel() -> None:
    """Whoever installs the package has the alerts and their runbooks without this repository."""
    packed = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    expected = {f"accessa/observe/alerts/runbooks/{kebab(rule.name)}.md" for rule in RULES}

    assert set() == (expected | {"accessa/observe/alerts/alerts.yaml", "accessa/__init__.py"}) - packed
    assert {"accessa", "mock_providers"} == {path.split("/")[0] for path in packed}
