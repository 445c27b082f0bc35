"""Operations between two vectors: which element of one side belongs to which of the other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from promql_parser import BinModifier, LabelModifierType, VectorMatchCardinality

from accessa.observe.promql.operators import ARITHMETIC, combine
from accessa.observe.promql.samples import Labels
from accessa.observe.promql.values import NAME, ExpressionError, Vector, apart_from, nameless, only, put, with_labels


@dataclass(frozen=True, slots=True)
class Matching:
    """How two sides match: on some labels, or on all but some; `brought` are labels that the one side gives."""

    names: frozenset[str]
    inclusive: bool
    many: str  #: "left", "right", or "" where each element has at most one partner
    brought: tuple[str, ...]
    as_bool: bool

    def key(self, labels: Labels) -> Labels:
        """Return what two partners have in common."""
        return only(labels, self.names) if self.inclusive else apart_from(labels, self.names | {NAME})


def matching_of(modifier: BinModifier | None) -> Matching:
    """Return how an operation matches its sides; without a modifier on all labels but the metric's name."""
    if modifier is None:
        return Matching(frozenset(), inclusive=False, many="", brought=(), as_bool=False)
    many = ((VectorMatchCardinality.ManyToOne, "left"), (VectorMatchCardinality.OneToMany, "right"))
    side = next((name for card, name in many if modifier.card == card), "")
    labels = modifier.matching
    return Matching(
        frozenset(labels.labels if labels else ()),
        inclusive=labels is not None and labels.type == LabelModifierType.Include,
        many=side,
        brought=tuple(modifier.group_labels or ()) if side else (),
        as_bool=modifier.return_bool,
    )


def combine_sets(symbol: str, left: Vector, right: Vector, key: Callable[[Labels], Labels]) -> Vector:
    """Return `left and right`, `left or right`, or `left unless right`."""
    if symbol == "or":
        taken = {key(labels) for labels in left}
        return left | {labels: value for labels, value in right.items() if key(labels) not in taken}
    others = {key(labels) for labels in right}
    wanted = symbol == "and"
    return {labels: value for labels, value in left.items() if (key(labels) in others) is wanted}


def combine_vectors(symbol: str, left: Vector, right: Vector, matching: Matching) -> Vector:
    """Return the result of an operation for each pair of partners."""
    swapped = matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    partners = _by_key(one, matching)
    result: Vector = {}
    met: set[Labels] = set()
    for labels, value in many.items():
        key = matching.key(labels)
        if key not in partners:
            continue
        if not matching.many and key in met:
            raise ExpressionError("several elements of one side match the same element of the other")
        met.add(key)
        partner, other = partners[key]
        pair = (other, value) if swapped else (value, other)
        outcome = combine(symbol, *pair, as_bool=matching.as_bool)
        if outcome is not None:
            put(result, _labels_of(symbol, labels, partner, matching), outcome)
    return result


def _by_key(vector: Vector, matching: Matching) -> dict[Labels, tuple[Labels, float]]:
    partners: dict[Labels, tuple[Labels, float]] = {}
    for labels, value in vector.items():
        key = matching.key(labels)
        if key in partners:
            raise ExpressionError("several elements of one side match the same element of the other")
        partners[key] = (labels, value)
    return partners


def _labels_of(symbol: str, labels: Labels, partner: Labels, matching: Matching) -> Labels:
    if symbol in ARITHMETIC or matching.as_bool:
        labels = nameless(labels)
    if not matching.many:
        return only(labels, matching.names) if matching.inclusive else apart_from(labels, matching.names)
    return with_labels(labels, _brought(partner, matching.brought)) if matching.brought else labels


def _brought(partner: Labels, names: Collection[str]) -> dict[str, str]:
    given = dict(partner)
    return {name: given.get(name, "") for name in names}
