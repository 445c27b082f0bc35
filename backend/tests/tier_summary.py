"""A pytest plugin: above the closing line, how many tests of each tier ran and how long they took."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest

_TIERS_FOLDER = "tests"


@dataclass
class Tier:
    """What is known of one tier: outcomes, and the seconds its tests took one after the other."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0


_tiers: defaultdict[str, Tier] = defaultdict(Tier)


def tier_of(nodeid: str) -> str:
    """Return the folder below `tests` that a test lies in."""
    parts = PurePosixPath(nodeid.split("::", 1)[0]).parts
    return parts[parts.index(_TIERS_FOLDER) + 1] if _TIERS_FOLDER in parts[:-1] else "other"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count a phase of a test: time always, an outcome where it is decided."""
    tier = _tiers[tier_of(report.nodeid)]
    tier.seconds += report.duration
    if report.failed:
        tier.failed += 1
    elif report.skipped:
        tier.skipped += 1
    elif report.when == "call":
        tier.passed += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    terminalreporter.section("tiers")
    terminalreporter.write_line(f"{'tier':<14}{'passed':>8}{'failed':>8}{'skipped':>9}{'test seconds':>14}")
    for name, tier in _tiers.items():
        counts = f"{tier.passed:>8}{tier.failed:>8}{tier.skipped:>9}"
        terminalreporter.write_line(f"{name:<14}{counts}{tier.seconds:>14.1f}")
