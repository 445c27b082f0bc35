"""Arithmetic and comparison of numbers, with the answers of floating-point hardware rather than Python's errors."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
    "^": _power,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
SETS = frozenset({"and", "or", "unless"})


def combine(symbol: str, left: float, right: float, *, as_bool: bool) -> float | None:
    """Return the result of an operation; None when a comparison that filters does not hold."""
    if symbol in ARITHMETIC:
        return ARITHMETIC[symbol](left, right)
    holds = COMPARISONS[symbol](left, right)
    if as_bool:
        return float(holds)
    return left if holds else None
