"""A pytest plugin: tests marked `drill` are left out of a run that does not ask for them, and the run says so."""

from __future__ import annotations

from typing import Any

import pytest

COMMAND = "make drill"
# What a test is taken to need that does not say it in its mark: `@pytest.mark.drill(seconds=90)`.
USUAL_SECONDS = 30

_left_out = pytest.StashKey[set[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start with nothing left out."""
    config.stash[_left_out] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the drill tests out, unless the run chooses tests by mark."""
    drills = [item for item in items if item.get_closest_marker("drill")]
    if config.option.markexpr:
        _announce(config, [item for item in drills if "drill" in config.option.markexpr])
        return
    if drills:
        items[:] = [item for item in items if item not in drills]
        config.hook.pytest_deselected(items=drills)
        left_out: set[str] = config.stash[_left_out]
        left_out.update(item.nodeid for item in drills)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that prints the summary, where the tests run in others."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        left_out: set[str] = session.config.stash[_left_out]
        output["left_out"] = sorted(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of tests has left out; each of them collects the same."""
    left_out: set[str] = node.config.stash[_left_out]
    left_out.update(getattr(node, "workeroutput", {}).get("left_out", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in one line what has not been proved by this run."""
    if left_out := len(config.stash[_left_out]):
        terminalreporter.write_line(f"not run: {left_out} drill tests, which take long; run them with: {COMMAND}")


def _announce(config: pytest.Config, drills: list[pytest.Item]) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and drills:
        minutes = -(-sum(_seconds(item) for item in drills) // 60)
        reporter.write_line(f"{len(drills)} drill tests, about {minutes} minutes")


def _seconds(item: pytest.Item) -> int:
    mark = item.get_closest_marker("drill")
    return int(mark.kwargs.get("seconds", USUAL_SECONDS)) if mark else 0
