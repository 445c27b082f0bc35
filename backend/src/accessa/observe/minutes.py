"""Counting what happened by minutes: a closed minute is counted once, the two newest again with every look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

What = TypeVar("What", bound=Hashable)
_MINUTE = timedelta(minutes=1)


class MinuteCounter(Generic[What]):
    """Totals since the first look, which never fall, even though rows may go with their document.

    A transaction that commits later than the minute after its time is not counted.
    """

    def __init__(self) -> None:
        self._closed: Counter[What] = Counter()
        self._open: dict[datetime, Counter[What]] = {}
        self._before: Counter[What] | None = None

    def since(self, now: datetime) -> datetime:
        """Return the minute from which on the next look has to count."""
        return min(self._open, default=_minute(now) - _MINUTE)

    def add(self, rows: Iterable[tuple[datetime, What, int]], now: datetime) -> Counter[What]:
        """Take the counts of (minute, what, number) from `since` on, and return the totals."""
        seen: dict[datetime, Counter[What]] = {_minute(now): Counter(), _minute(now) - _MINUTE: Counter()}
        for minute, what, number in rows:
            seen.setdefault(minute, Counter())[what] += number
        for minute, known in self._open.items():
            seen[minute] = seen.get(minute, Counter()) | known  # the larger of both
        for minute in [minute for minute in seen if minute < _minute(now) - _MINUTE]:
            self._closed.update(seen.pop(minute))
        self._open = seen
        total = self._closed + sum(seen.values(), Counter[What]())
        if self._before is None:
            self._before = total
        return total - self._before


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
