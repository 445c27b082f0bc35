"""Samples in memory: for each series as many as the longest question about it looks back."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

#: Sorted pairs of name and value, the metric's name among them as `__name__`.
Labels: TypeAlias = tuple[tuple[str, str], ...]

LOOKBACK_MS = 300_000
#: Marks that a series has ended. No metric of ours is ever not a number, so this cannot be mistaken for a value.
STALE = math.nan
_NAME = "__name__"
_TRIM_AT = 64


class Series:
    """The samples of one series, in the order of their time."""

    __slots__ = ("_keep_ms", "_start", "labels", "times", "values")

    def __init__(self, labels: Labels, keep_ms: int) -> None:
        self.labels = labels
        self.times = array("q")
        self.values = array("d")
        self._keep_ms = keep_ms
        self._start = 0

    def append(self, at_ms: int, value: float) -> None:
        """Add a sample; one that is not later than the last is left out, as Prometheus leaves it out."""
        if self.times and at_ms <= self.times[-1]:
            return
        self.times.append(at_ms)
        self.values.append(value)
        # One sample before the window stays, as the value that was true at its beginning.
        while self._start < len(self.times) - 2 and self.times[self._start + 1] < at_ms - self._keep_ms:
            self._start += 1
        if self._start > max(_TRIM_AT, len(self.times) // 2):
            del self.times[: self._start], self.values[: self._start]
            self._start = 0

    def latest(self, at_ms: int) -> float | None:
        """Return the value that holds at `at_ms`; None when the series has ended, or was last seen 5 minutes before."""
        place = bisect_right(self.times, at_ms) - 1
        if place < 0 or self.times[place] < at_ms - LOOKBACK_MS or math.isnan(self.values[place]):
            return None
        return self.values[place]

    def window(self, since_ms: int, until_ms: int) -> list[tuple[int, float]]:
        """Return the samples from `since_ms` to `until_ms`, both included."""
        first, last = bisect_left(self.times, since_ms), bisect_right(self.times, until_ms)
        return [
            (at_ms, value)
            for at_ms, value in zip(self.times[first:last], self.values[first:last], strict=True)
            if not math.isnan(value)
        ]

    @property
    def ended(self) -> bool:
        """Whether the last sample marks the end."""
        return math.isnan(self.values[-1])


class SampleStore:
    """Keeps the samples of the metrics that somebody asks about, and nothing else.

    `keep` gives for each metric how many seconds questions look back; 0 keeps little more than the last sample.
    """

    def __init__(self, keep: Mapping[str, float]) -> None:
        self._keep_ms = {name: int(seconds * 1000) for name, seconds in keep.items()}
        self._series: dict[str, dict[Labels, Series]] = {name: {} for name in keep}
        self._of_target: dict[Labels, set[Labels]] = {}
        self._looked_ms: dict[Labels, int] = {}

    @property
    def names(self) -> Collection[str]:
        """The metrics that are kept."""
        return self._keep_ms.keys()

    def series(self, name: str) -> Iterator[Series]:
        """Yield the series of a metric."""
        yield from self._series.get(name, {}).values()

    def tells(self, name: str, at_ms: int) -> bool:
        """Tell whether a metric has any value at this moment."""
        return any(series.latest(at_ms) is not None for series in self.series(name))

    def count(self) -> tuple[int, int]:
        """Return how many series and samples are held."""
        held = [series for group in self._series.values() for series in group.values()]
        return len(held), sum(len(series.times) for series in held)

    def take(self, target: Labels, samples: Iterable[tuple[Labels, float]], at_ms: int) -> None:
        """Store what one look at a target gave; a series that the look before had and this one lacks has ended.

        Every sample gets the labels of the target; its own of the same name become `exported_…`, as in Prometheus.
        """
        seen: set[Labels] = set()
        before_ms = self._looked_ms.get(target)
        for labels, value in samples:
            full = _joined(labels, target)
            if before_ms is not None and self._begins(full):
                self.append(full, 0.0, before_ms)
            self.append(full, value, at_ms)
            seen.add(full)
        for gone in self._of_target.get(target, set()) - seen:
            self.append(gone, STALE, at_ms)
        self._of_target[target] = seen
        self._looked_ms[target] = at_ms

    def lose(self, target: Labels, at_ms: int) -> None:
        """End all series of a target: it did not answer, or is no more."""
        self.take(target, (), at_ms)
        del self._of_target[target], self._looked_ms[target]

    def _begins(self, labels: Labels) -> bool:
        """Whether this is the first of a counter: it was 0 at the look before, which did not show it yet."""
        name = dict(labels).get(_NAME, "")
        return name.endswith("_total") and name in self._series and labels not in self._series[name]

    def append(self, labels: Labels, value: float, at_ms: int) -> None:
        """Add one sample; one of a metric that nobody asks about is dropped."""
        name = dict(labels).get(_NAME, "")
        group = self._series.get(name)
        if group is None:
            return
        series = group.get(labels)
        if series is None:
            series = group[labels] = Series(labels, self._keep_ms[name])
        series.append(at_ms, value)

    def sweep(self, at_ms: int) -> None:
        """Forget the series that nobody can see any more."""
        for name, group in self._series.items():
            oldest = at_ms - max(self._keep_ms[name], LOOKBACK_MS)
            for labels in [labels for labels, series in group.items() if series.times[-1] < oldest]:
                del group[labels]


def _joined(labels: Labels, target: Labels) -> Labels:
    own = dict(labels)
    for name, _ in target:
        if name in own:
            own[f"exported_{name}"] = own.pop(name)
    return tuple(sorted((own | dict(target)).items()))
