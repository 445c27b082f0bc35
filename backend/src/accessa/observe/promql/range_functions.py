"""Functions over the samples of a range, computed as Prometheus computes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_Samples = Sequence[tuple[int, float]]
#: How much further than the usual distance of samples a range may reach, and still be covered to its edge.
_EDGE = 1.1
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Range:
    """The span of a range in milliseconds since the epoch."""

    start_ms: int
    end_ms: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end_ms - self.start_ms) / 1000


RangeFunction = Callable[[_Samples, Range], float | None]


def _increase(samples: _Samples, span: Range) -> float | None:
    return _extrapolated(samples, span, 1.0, counter=True)


def _rate(samples: _Samples, span: Range) -> float | None:
    return _extrapolated(samples, span, span.seconds, counter=True)


def _delta(samples: _Samples, span: Range) -> float | None:
    return _extrapolated(samples, span, 1.0, counter=False)


def _extrapolated(samples: _Samples, span: Range, seconds: float, *, counter: bool) -> float | None:
    """Return the growth over the whole range by `seconds`, as its samples suggest; a counter that falls began anew."""
    if len(samples) < _PAIR:
        return None
    (first_ms, first), (last_ms, last) = samples[0], samples[-1]
    growth = last - first
    if counter:
        growth += sum(before for (_, before), (_, after) in pairwise(samples) if after < before)
    sampled = (last_ms - first_ms) / 1000
    to_start = (first_ms - span.start_ms) / 1000
    if counter and growth > 0 and first >= 0:
        # A counter was never below zero, so it did not grow before it was there.
        to_start = min(to_start, sampled * (first / growth))
    usual = sampled / (len(samples) - 1)
    covered = sampled + _edge(to_start, usual) + _edge((span.end_ms - last_ms) / 1000, usual)
    return growth * (covered / sampled / seconds)


def _edge(distance: float, usual: float) -> float:
    return distance if distance < usual * _EDGE else usual / 2


def _average(samples: _Samples, _span: Range) -> float | None:
    return math.fsum(value for _, value in samples) / len(samples)


def _changes(samples: _Samples, _span: Range) -> float | None:
    return float(sum(before != after for (_, before), (_, after) in pairwise(samples)))


RANGE_FUNCTIONS: dict[str, RangeFunction] = {
    "increase": _increase,
    "rate": _rate,
    "delta": _delta,
    "max_over_time": lambda samples, _span: max(value for _, value in samples),
    "min_over_time": lambda samples, _span: min(value for _, value in samples),
    "sum_over_time": lambda samples, _span: math.fsum(value for _, value in samples),
    "count_over_time": lambda samples, _span: float(len(samples)),
    "last_over_time": lambda samples, _span: samples[-1][1],
    "avg_over_time": _average,
    "changes": _changes,
}
