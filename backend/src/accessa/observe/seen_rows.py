"""Counting rows as they come, each once, whether or not they stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

What = TypeVar("What", bound=Hashable)
# A row becomes visible when its transaction commits, which may be so much later than the moment that it tells.
_LATE = timedelta(seconds=20)


class SeenRows(Generic[What]):
    """Totals since the first look, which never fall, though rows may go with their document."""

    def __init__(self) -> None:
        self._begun: datetime | None = None
        self._looked: datetime | None = None
        self._seen: dict[UUID, datetime] = {}
        self.totals: Counter[What] = Counter()

    def since(self, now: datetime) -> datetime:
        """Return the moment from which on the next look has to see rows; the first one sees none."""
        self._begun = self._begun or now
        return max(self._begun, (self._looked or now) - _LATE)

    def take(self, rows: Iterable[tuple[UUID, datetime, What]], now: datetime) -> None:
        """Count the rows (id, moment, what) that were not seen before."""
        for row_id, moment, what in rows:
            if row_id not in self._seen:
                self._seen[row_id] = moment
                self.totals[what] += 1
        self._looked = now
        self._seen = {row_id: moment for row_id, moment in self._seen.items() if moment >= now - 2 * _LATE}
