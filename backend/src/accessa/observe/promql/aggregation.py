"""Aggregations: many elements of a vector become one for each group of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from promql_parser import AggModifier, AggModifierType

from accessa.observe.promql.samples import Labels
from accessa.observe.promql.values import NAME, Vector, apart_from, only

AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "avg": lambda values: sum(values) / len(values),
    "count": lambda values: float(len(values)),
    "group": lambda _values: 1.0,
}


def grouping(modifier: AggModifier | None) -> Callable[[Labels], Labels]:
    """Return what gives the group of an element: `by` keeps the named labels, `without` all others."""
    if modifier is None:
        return lambda _labels: ()
    names = frozenset(modifier.labels)
    if modifier.type == AggModifierType.By:
        return lambda labels: only(labels, names)
    return lambda labels: apart_from(labels, names | {NAME})


def aggregate(vector: Vector, group_of: Callable[[Labels], Labels], name: str) -> Vector:
    """Return one element a group."""
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(group_of(labels), []).append(value)
    return {labels: AGGREGATIONS[name](values) for labels, values in groups.items()}
