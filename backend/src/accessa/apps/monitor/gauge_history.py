"""What no table remembers: how deep the queue was and how large the tables were, since this process started."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from accessa.observe.metric import Sample

_KEPT_SECONDS = 600
# While nobody watches, somebody looks only so often.
_PATIENCE_SECONDS = 10
_KEPT = timedelta(minutes=60)


class Depth(NamedTuple):
    """Unfinished jobs, and those of them that are due for a worker."""

    unfinished: int
    due: int


class Size(NamedTuple):
    """Rows and bytes of a table with its indexes."""

    rows: float
    bytes: float


class GaugeHistory:
    """Keeps the depth of each second for ten minutes, and depth and sizes of each minute for an hour."""

    def __init__(self) -> None:
        self._seconds: dict[int, Depth] = {}
        self._minutes: dict[datetime, tuple[Depth, dict[str, Size]]] = {}
        self.tables: dict[str, Size] = {}

    def note(self, second: int, minute: datetime, depth: Depth, samples: Sequence[Sample]) -> None:
        """Keep what is known at a moment; within a minute the last word counts."""
        self.tables = _tables(samples) or self.tables
        self._seconds[second] = depth
        for old in [known for known in self._seconds if known <= second - _KEPT_SECONDS]:
            del self._seconds[old]
        self._minutes[minute] = (depth, self.tables)
        for early in [known for known in self._minutes if known <= minute - _KEPT]:
            del self._minutes[early]

    def depth_at(self, second: int) -> Depth | None:
        """Return the depth of a second, or of the last one within ten before it; None when nobody looked then."""
        looks = (self._seconds.get(second - back) for back in range(_PATIENCE_SECONDS + 1))
        return next((depth for depth in looks if depth is not None), None)

    def depth_in(self, minute: datetime) -> Depth | None:
        """Return the last depth of a minute; None when nobody looked then."""
        known = self._minutes.get(minute)
        return known[0] if known else None

    def size_in(self, minute: datetime, table: str) -> Size | None:
        """Return the last size of a table in a minute; None when nobody looked then."""
        known = self._minutes.get(minute)
        return known[1].get(table) if known else None


def _tables(samples: Sequence[Sample]) -> dict[str, Size]:
    rows = {sample.labels[0]: sample.value for sample in samples if sample.metric.name == "accessa_buffer_rows"}
    sizes = {sample.labels[0]: sample.value for sample in samples if sample.metric.name == "accessa_buffer_bytes"}
    return {table: Size(rows.get(table, 0), size) for table, size in sizes.items()}
