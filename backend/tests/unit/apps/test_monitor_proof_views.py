"""What the page tells of canaries and audits, also while all is well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accessa.apps.monitor.proof_views import AuditView, CanaryView, view_audit, view_canary
from accessa.apps.monitor.provider_views import view_providers
from accessa.observe.metric import Sample
from accessa.observe.minute_history import MinuteHistory
from accessa.observe.readings import audit, canary, parses
from accessa.observe.readings.providers import CIRCUIT

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EVERY = Sample(canary.EVERY, 300.0)
PASSED = [Sample(canary.PASSED, 1.0), Sample(canary.LAST_PASS, 18.0), Sample(canary.DURATION, 0.2)]


@pytest.mark.parametrize(
    ("samples", "view"),
    [
        ([], None),
        ([Sample(canary.EVERY, 0.0)], CanaryView(is_sent=False, passed=None, found_at=None, seconds=None)),
        ([EVERY], CanaryView(is_sent=True, passed=None, found_at=None, seconds=None)),
        ([EVERY, *PASSED], CanaryView(is_sent=True, passed=True, found_at=NOW - timedelta(seconds=18), seconds=0.2)),
        (
            [EVERY, Sample(canary.PASSED, 0.0), Sample(canary.DURATION, 60.0)],
            CanaryView(is_sent=True, passed=False, found_at=None, seconds=60.0),
        ),
    ],
    ids=["silent", "off", "before the first", "found", "never found"],
)
def test_the_last_canary_is_told_with_when_one_was_found(samples: list[Sample], view: CanaryView | None) -> None:
    """No news is not good news: before the first there is no verdict."""
    assert view == view_canary(samples, NOW)


def test_the_last_audit_is_told_with_all_that_it_found() -> None:
    """Violations of all checks are added up; before the first audit nothing is told."""
    samples = [
        Sample(audit.ENDED, (NOW - timedelta(minutes=2)).timestamp()),
        Sample(audit.VIOLATIONS, 2.0, ("a",)),
        Sample(audit.VIOLATIONS, 1.0, ("b",)),
        Sample(audit.UNFINISHED, 4.0),
    ]

    assert AuditView(NOW - timedelta(minutes=2), violations=3, unfinished=4) == view_audit(samples, NOW)
    assert view_audit([EVERY], NOW) is None


def test_waiting_parses_stand_at_the_provider_that_parses() -> None:
    """How many are waited for and since when; the oldest of none has no age."""
    circuits = [Sample(CIRCUIT, 1.0, (name, "closed")) for name in ("mock-llamaparse", "mock-openai")]

    def told(waiting: float) -> list[tuple[int | None, float | None]]:
        samples = [*circuits, Sample(parses.WAITING, waiting), Sample(parses.OLDEST, 12.5 if waiting else 0.0)]
        views = view_providers(samples, MinuteHistory(), "mock-llamaparse")
        return [(view.parses_waiting, view.oldest_parse_seconds) for view in views]

    assert [[(3, 12.5), (None, None)], [(0, None), (None, None)]] == [told(3.0), told(0.0)]
