"""What was proven last, told also while all is well: that a document passes, and that what is stored is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accessa.observe.metric import Sample
from accessa.observe.readings import audit, canary


@dataclass(frozen=True, slots=True)
class CanaryView:
    """Whether canaries are sent, whether the last was found, when one was found last, and what the last took (s)."""

    is_sent: bool
    passed: bool | None
    found_at: datetime | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class AuditView:
    """The audit that ended last: rows that break a promise, and checks that came to no verdict."""

    ended_at: datetime
    violations: int
    unfinished: int


def view_canary(samples: Sequence[Sample], now: datetime) -> CanaryView | None:
    """Return what the canaries told, None while the database is silent."""
    told = {sample.metric.name: sample.value for sample in samples}
    every, passed, ago = (told.get(metric.name) for metric in (canary.EVERY, canary.PASSED, canary.LAST_PASS))
    if every is None:
        return None
    found_at = None if ago is None else now - timedelta(seconds=ago)
    return CanaryView(every > 0, None if passed is None else passed > 0, found_at, told.get(canary.DURATION.name))


def view_audit(samples: Sequence[Sample], now: datetime) -> AuditView | None:
    """Return the verdict of the audit that ended last, None before the first."""
    told = {sample.metric.name: sample.value for sample in samples}
    ended = told.get(audit.ENDED.name)
    if ended is None:
        return None
    violations = sum(sample.value for sample in samples if sample.metric.name == audit.VIOLATIONS.name)
    return AuditView(
        datetime.fromtimestamp(ended, now.tzinfo), int(violations), int(told.get(audit.UNFINISHED.name, 0))
    )
