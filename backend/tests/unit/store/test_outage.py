"""An outage as one process tells it, and the moment that owners of jobs are given after a long one."""

from __future__ import annotations

from unittest.mock import Mock, patch

import structlog

from accessa.store.outage import Outage


def after(outage: Outage, *, away: float) -> Outage:
    """Let the database be away for so many seconds, as two tasks meet it."""
    with patch("accessa.store.outage.time", Mock(monotonic=Mock(side_effect=[0.0, away]))):
        outage.begin("DATABASE_UNAVAILABLE")
        outage.begin("DATABASE_UNAVAILABLE")
        outage.end()
    return outage


def is_settling(*, away: float, since: float, lease: float = 60) -> bool:
    """Tell whether claims wait so long after an outage of that length."""
    outage = after(Outage(), away=away)
    with patch("accessa.store.outage.time", Mock(monotonic=Mock(return_value=away + since))):
        return outage.is_settling(lease)


def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    """However many meet it, there is one warning, and one line about its length."""
    with structlog.testing.capture_logs() as told:
        outage = after(Outage(), away=12.34)
        outage.end()

    assert [("warning", None), ("info", 12.3)] == [(line["log_level"], line.get("duration_seconds")) for line in told]


def test_after_a_long_outage_owners_come_first() -> None:
    """Claims wait a moment only where leases may have run out, and never for long."""
    assert not Outage().is_settling(60)
    assert not is_settling(away=29, since=0)
    assert is_settling(away=31, since=2.9)
    assert not is_settling(away=31, since=3.1)
    assert not is_settling(away=600, since=0.6, lease=5)
