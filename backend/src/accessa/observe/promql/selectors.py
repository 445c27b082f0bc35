"""Selectors: which series of the store an expression means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from promql_parser import Matcher, MatchOp, MatrixSelector, VectorSelector

from accessa.observe.promql.samples import SampleStore, Series
from accessa.observe.promql.values import NAME, Evaluate, ExpressionError, Value

_Test = Callable[[str], bool]
Windows = Callable[[SampleStore, int], Iterator[tuple[Series, list[tuple[int, float]]]]]


def instant(selector: VectorSelector) -> Evaluate:
    """Return what gives the last value of each selected series."""
    select, offset_ms = _selection(selector), offset_of(selector)

    def evaluate(store: SampleStore, at_ms: int) -> Value:
        found = ((series.labels, series.latest(at_ms - offset_ms)) for series in select(store))
        return {labels: value for labels, value in found if value is not None}

    return evaluate


def windows(selector: MatrixSelector) -> Windows:
    """Return what gives the samples of each selected series within the range, series without any left out."""
    select, offset_ms = _selection(selector.vector_selector), offset_of(selector.vector_selector)
    range_ms = range_of(selector)

    def evaluate(store: SampleStore, at_ms: int) -> Iterator[tuple[Series, list[tuple[int, float]]]]:
        until = at_ms - offset_ms
        for series in select(store):
            if samples := series.window(until - range_ms, until):
                yield series, samples

    return evaluate


def range_of(selector: MatrixSelector) -> int:
    """Return the range in milliseconds."""
    return round(selector.range.total_seconds() * 1000)


def offset_of(selector: VectorSelector) -> int:
    """Return the offset in milliseconds."""
    return round(selector.offset.total_seconds() * 1000) if selector.offset else 0


def equalities(selector: VectorSelector) -> dict[str, str]:
    """Return the labels that the selector asks to have one certain value."""
    equal = [matcher for matcher in selector.matchers.matchers if matcher.name != NAME]
    names = [matcher.name for matcher in equal]
    return {
        matcher.name: matcher.value
        for matcher in equal
        if matcher.op == MatchOp.Equal and names.count(matcher.name) == 1
    }


def _selection(selector: VectorSelector) -> Callable[[SampleStore], Iterator[Series]]:
    name = selector.name
    if not name or selector.at or selector.matchers.or_matchers:
        raise ExpressionError("a selector needs the plain name of a metric, without @ and without or")
    tests = [(matcher.name, label_test(matcher)) for matcher in selector.matchers.matchers if matcher.name != NAME]

    def select(store: SampleStore) -> Iterator[Series]:
        for series in store.series(name):
            if not tests or _passes(dict(series.labels), tests):
                yield series

    return select


def _passes(labels: dict[str, str], tests: list[tuple[str, _Test]]) -> bool:
    return all(test(labels.get(name, "")) for name, test in tests)


def label_test(matcher: Matcher) -> Callable[[str], bool]:
    """Return what tells whether the value of a label passes; an expression has to fit the whole of it."""
    wanted = matcher.value
    if matcher.op == MatchOp.Equal:
        return lambda value: value == wanted
    if matcher.op == MatchOp.NotEqual:
        return lambda value: value != wanted
    pattern = re.compile(wanted, re.DOTALL)
    if matcher.op == MatchOp.Re:
        return lambda value: pattern.fullmatch(value) is not None
    return lambda value: pattern.fullmatch(value) is None
