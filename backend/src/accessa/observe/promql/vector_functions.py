"""Functions of a vector at one moment."""

from __future__ import annotations

import math
from collections.abc import Callable

from accessa.observe.promql.samples import Labels
from accessa.observe.promql.values import NAME, ExpressionError, Vector, apart_from, nameless, put

_LEAST_BUCKETS = 2


def each(vector: Vector, change: Callable[[float], float]) -> Vector:
    """Return the vector with every value changed, and without the name of the metric."""
    changed: Vector = {}
    for labels, value in vector.items():
        put(changed, nameless(labels), change(value))
    return changed


def single(vector: Vector) -> float:
    """Return the value of a vector with one element, else not a number."""
    return next(iter(vector.values())) if len(vector) == 1 else math.nan


def histogram_quantile(quantile: float, vector: Vector) -> Vector:
    """Return the quantile of each histogram, whose cumulative buckets have the label `le`."""
    if not 0 <= quantile <= 1:
        raise ExpressionError("a quantile lies between 0 and 1")
    histograms: dict[Labels, list[tuple[float, float]]] = {}
    for labels, count in vector.items():
        bound = dict(labels).get("le")
        if bound is not None:
            histograms.setdefault(apart_from(labels, (NAME, "le")), []).append((float(bound), count))
    return {labels: bucket_quantile(quantile, sorted(buckets)) for labels, buckets in histograms.items()}


def bucket_quantile(quantile: float, buckets: list[tuple[float, float]]) -> float:
    """Return the quantile by cumulative buckets, each its upper bound and the count up to it, the last without bound.

    Within a bucket the counted are taken as spread evenly; of those above the last bound only that bound is known. Not
    a number where nothing was counted.
    """
    if len(buckets) < _LEAST_BUCKETS or not math.isinf(buckets[-1][0]):
        return math.nan
    counts = _never_falling([count for _, count in buckets])
    total = counts[-1]
    if total == 0:
        return math.nan
    rank = quantile * total
    place = next(index for index, count in enumerate(counts) if count >= rank)
    if place == len(buckets) - 1:
        return buckets[-2][0]
    if place == 0 and buckets[0][0] <= 0:
        return buckets[0][0]
    start = buckets[place - 1][0] if place else 0.0
    below = counts[place - 1] if place else 0.0
    return start + (buckets[place][0] - start) * ((rank - below) / (counts[place] - below))


def _never_falling(counts: list[float]) -> list[float]:
    highest = -math.inf
    mended = []
    for count in counts:
        highest = max(highest, count)
        mended.append(highest)
    return mended
