"""An expression of PromQL made ready: read once, refused at once where it is outside the subset, evaluated often."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    UnaryExpr,
    VectorSelector,
)

from accessa.observe.promql import selectors
from accessa.observe.promql.aggregation import AGGREGATIONS, aggregate, grouping
from accessa.observe.promql.matching import combine_sets, combine_vectors, matching_of
from accessa.observe.promql.operators import ARITHMETIC, COMPARISONS, SETS, combine
from accessa.observe.promql.range_functions import RANGE_FUNCTIONS, Range
from accessa.observe.promql.samples import SampleStore
from accessa.observe.promql.values import Evaluate, ExpressionError, Value, Vector, nameless, put, scalar_of, vector_of
from accessa.observe.promql.vector_functions import each, histogram_quantile, single


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression: its text, and how many seconds it looks back for each metric that it reads."""

    text: str
    looks_back: dict[str, float]
    _evaluate: Evaluate

    def evaluate(self, store: SampleStore, at_ms: int) -> Vector:
        """Return its results at a moment; a scalar is one result without labels. Raises `ExpressionError`."""
        value = self._evaluate(store, at_ms)
        return value if isinstance(value, dict) else {(): value}


def read_expression(text: str) -> Expression:
    """Make `text` ready; raises `ExpressionError` with one sentence for what is no PromQL or outside the subset."""
    try:
        tree = promql_parser.parse(text)
    except ValueError as error:
        raise ExpressionError(f"this is no PromQL: {error}") from None
    evaluate = _ready(tree)
    return Expression(text, dict(_looks_back(tree)), evaluate)


def _looks_back(tree: Any) -> Iterator[tuple[str, float]]:
    longest: dict[str, float] = {}

    def visit(node: Any) -> bool:
        if isinstance(node, MatrixSelector):
            selector, range_ms = node.vector_selector, selectors.range_of(node)
        elif isinstance(node, VectorSelector):
            selector, range_ms = node, 0
        else:
            return True
        seconds = (range_ms + selectors.offset_of(selector)) / 1000
        longest[str(selector.name)] = max(longest.get(str(selector.name), 0), seconds)
        return True

    promql_parser.walk(tree, visit)
    yield from longest.items()


def _ready(node: Any) -> Evaluate:
    for kind, make in _MAKERS.items():
        if isinstance(node, kind):
            evaluate: Evaluate = make(node)
            return evaluate
    raise ExpressionError(f"{type(node).__name__} is outside the subset that is understood here")


def _number(node: NumberLiteral) -> Evaluate:
    number = float(node.val)
    return lambda _store, _at_ms: number


def _negation(node: UnaryExpr) -> Evaluate:
    inner = _ready(node.expr)

    def evaluate(store: SampleStore, at_ms: int) -> Value:
        value = inner(store, at_ms)
        return each(value, lambda number: -number) if isinstance(value, dict) else -value

    return evaluate


def _aggregation(node: AggregateExpr) -> Evaluate:
    name = str(node.op)
    if name not in AGGREGATIONS or node.param is not None:
        raise ExpressionError(f"the aggregation {name} is outside the subset that is understood here")
    inner, group_of = _ready(node.expr), grouping(node.modifier)
    return lambda store, at_ms: aggregate(vector_of(inner(store, at_ms)), group_of, name)


def _operation(node: BinaryExpr) -> Evaluate:
    symbol = str(node.op)
    if symbol not in ARITHMETIC and symbol not in COMPARISONS and symbol not in SETS:
        raise ExpressionError(f"the operator {symbol} is outside the subset that is understood here")
    left, right, matching = _ready(node.lhs), _ready(node.rhs), matching_of(node.modifier)

    def evaluate(store: SampleStore, at_ms: int) -> Value:
        one, two = left(store, at_ms), right(store, at_ms)
        if symbol in SETS:
            return combine_sets(symbol, vector_of(one), vector_of(two), matching.key)
        if isinstance(one, dict) and isinstance(two, dict):
            return combine_vectors(symbol, one, two, matching)
        return _with_scalar(symbol, one, two, as_bool=matching.as_bool)

    return evaluate


def _with_scalar(symbol: str, left: Value, right: Value, *, as_bool: bool) -> Value:
    if not isinstance(left, dict) and not isinstance(right, dict):
        outcome = combine(symbol, left, right, as_bool=as_bool)
        return math.nan if outcome is None else outcome
    result: Vector = {}
    vector = left if isinstance(left, dict) else vector_of(right)
    keeps_name = symbol in COMPARISONS and not as_bool
    for labels, value in vector.items():
        pair = (value, scalar_of(right)) if isinstance(left, dict) else (scalar_of(left), value)
        outcome = combine(symbol, *pair, as_bool=as_bool)
        if outcome is not None:
            # A comparison that filters gives the value of the vector, on whichever side it stands.
            put(result, labels if keeps_name else nameless(labels), value if keeps_name else outcome)
    return result


def _call(node: Call) -> Evaluate:
    name, arguments = node.func.name, list(node.args)
    if name in RANGE_FUNCTIONS and isinstance(arguments[0], MatrixSelector):
        return _range_call(name, arguments[0])
    if name == "absent":
        return _absent(arguments[0])
    if name == "time":
        return lambda _store, at_ms: at_ms / 1000
    if name not in _FUNCTIONS:
        raise ExpressionError(f"the function {name} is outside the subset that is understood here")
    inner = [_ready(argument) for argument in arguments]
    function = _FUNCTIONS[name]
    return lambda store, at_ms: function(*(argument(store, at_ms) for argument in inner))


_FUNCTIONS: dict[str, Any] = {
    "vector": lambda scalar: {(): scalar_of(scalar)},
    "scalar": lambda vector: single(vector_of(vector)),
    "abs": lambda vector: each(vector_of(vector), abs),
    "clamp_max": lambda vector, most: each(vector_of(vector), lambda value: min(value, scalar_of(most))),
    "clamp_min": lambda vector, least: each(vector_of(vector), lambda value: max(value, scalar_of(least))),
    "histogram_quantile": lambda quantile, vector: histogram_quantile(scalar_of(quantile), vector_of(vector)),
}


def _range_call(name: str, selector: MatrixSelector) -> Evaluate:
    function, windows = RANGE_FUNCTIONS[name], selectors.windows(selector)
    range_ms, offset_ms = selectors.range_of(selector), selectors.offset_of(selector.vector_selector)

    def evaluate(store: SampleStore, at_ms: int) -> Value:
        span = Range(at_ms - offset_ms - range_ms, at_ms - offset_ms)
        result: Vector = {}
        for series, samples in windows(store, at_ms):
            value = function(samples, span)
            if value is not None:
                put(result, series.labels if name == "last_over_time" else nameless(series.labels), value)
        return result

    return evaluate


def _absent(argument: Any) -> Evaluate:
    inner = _ready(argument)
    told = selectors.equalities(argument) if isinstance(argument, VectorSelector) else {}
    labels = tuple(sorted(told.items()))
    return lambda store, at_ms: {} if vector_of(inner(store, at_ms)) else {labels: 1.0}


_MAKERS: dict[type, Any] = {
    NumberLiteral: _number,
    ParenExpr: lambda node: _ready(node.expr),
    VectorSelector: selectors.instant,
    UnaryExpr: _negation,
    AggregateExpr: _aggregation,
    BinaryExpr: _operation,
    Call: _call,
}
