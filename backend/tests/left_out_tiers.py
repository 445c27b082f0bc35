"""A pytest plugin: tests of tiers that a run does not ask for are left out, and the run says so.

Those marked `drill` are asked for by `-m drill`, those marked `containers` by ACCESSA_TEST_STACK=docker, which leaves
out those marked `processes`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

# What each tier needs, and the command that runs it.
TIERS = {
    "drill": "drill tests, which take long; run them with: make drill",
    "containers": "tests of containers, which need Docker; run them with: ./scripts/run-local-tests.sh --docker",
    "processes": "tests of a stack of processes; run them with: ./scripts/run-local-tests.sh",
}
# What a drill test is taken to need that does not say it in its mark: `@pytest.mark.drill(seconds=90)`.
USUAL_SECONDS = 30

_left_out = pytest.StashKey[dict[str, set[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start with nothing left out."""
    nothing: dict[str, set[str]] = {tier: set() for tier in TIERS}
    config.stash[_left_out] = nothing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of each tier that this run does not ask for."""
    if config.option.markexpr:
        asked = [item for item in items if item.get_closest_marker("drill") and "drill" in config.option.markexpr]
        _announce(config, asked)
        return
    wanted = "containers" if os.environ.get("ACCESSA_TEST_STACK") == "docker" else "processes"
    for tier in TIERS.keys() - {wanted}:
        left_out = [item for item in items if item.get_closest_marker(tier)]
        items[:] = [item for item in items if item not in left_out]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        config.stash[_left_out][tier].update(item.nodeid for item in left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that prints the summary, where the tests run in others."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = {tier: sorted(tests) for tier, tests in session.config.stash[_left_out].items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of tests has left out; each of them collects the same."""
    left_out: dict[str, set[str]] = node.config.stash[_left_out]
    told: Mapping[str, list[str]] = getattr(node, "workeroutput", {}).get("left_out", {})
    for tier, tests in told.items():
        left_out[tier].update(tests)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in one line a tier what has not been proved by this run."""
    for tier, tests in config.stash[_left_out].items():
        if tests:
            terminalreporter.write_line(f"not run: {len(tests)} {TIERS[tier]}")


def _announce(config: pytest.Config, drills: list[pytest.Item]) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and drills:
        minutes = -(-sum(_seconds(item) for item in drills) // 60)
        reporter.write_line(f"{len(drills)} drill tests, about {minutes} minutes")


def _seconds(item: pytest.Item) -> int:
    mark = item.get_closest_marker("drill")
    return int(mark.kwargs.get("seconds", USUAL_SECONDS)) if mark else 0
