"""What expressions are made of: labels, vectors, and the error of an expression that has no answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from accessa.observe.promql.samples import Labels, SampleStore

NAME = "__name__"

#: One value for each set of labels; an empty one is no result.
Vector: TypeAlias = dict[Labels, float]
Value: TypeAlias = float | Vector
#: Gives the value of an expression over a store at a moment, in milliseconds since the epoch.
Evaluate: TypeAlias = Callable[[SampleStore, int], Value]


class ExpressionError(Exception):
    """An expression that cannot be read, is outside the subset, or has no answer over these samples."""


def only(labels: Labels, names: Collection[str]) -> Labels:
    """Return those of `labels` that `names` lists."""
    return tuple(pair for pair in labels if pair[0] in names)


def apart_from(labels: Labels, names: Collection[str]) -> Labels:
    """Return `labels` without those that `names` lists."""
    return tuple(pair for pair in labels if pair[0] not in names)


def nameless(labels: Labels) -> Labels:
    """Return `labels` without the name of the metric."""
    return tuple(pair for pair in labels if pair[0] != NAME)


def with_labels(labels: Labels, added: Mapping[str, str]) -> Labels:
    """Return `labels` with those of `added` in place of their namesakes; an empty value takes the label away."""
    merged = {**dict(labels), **added}
    return tuple(sorted((name, value) for name, value in merged.items() if value))


def vector_of(value: Value) -> Vector:
    """Return `value`, which has to be a vector; raises `ExpressionError` for a scalar."""
    if isinstance(value, dict):
        return value
    raise ExpressionError("a scalar stands where a vector is needed")


def scalar_of(value: Value) -> float:
    """Return `value`, which has to be a scalar; raises `ExpressionError` for a vector."""
    if isinstance(value, dict):
        raise ExpressionError("a vector stands where a scalar is needed")
    return value


def put(vector: Vector, labels: Labels, value: float) -> None:
    """Add one element; raises `ExpressionError` when there is one with the same labels already."""
    if labels in vector:
        raise ExpressionError("two results have the same labels")
    vector[labels] = value
