"""Durations of stages as they are told from buckets."""

from __future__ import annotations

import math

import pytest

from accessa.observe.stage_quantiles import quantile
from accessa.telemetry.metrics import DURATION_BOUNDS


def _runs(**at_bound: int) -> list[int]:
    return [at_bound.get(f"up_to_{place}", 0) for place in range(len(DURATION_BOUNDS) + 1)]


def test_a_quantile_lies_between_the_bounds_of_its_bucket() -> None:
    """Of runs that all took from 0.5 s to 1 s, half took less than 0.75 s as far as one can tell."""
    assert pytest.approx(0.75) == quantile(_runs(up_to_7=10), 0.5)


def test_a_few_long_runs_show_at_the_end_only() -> None:
    """Of a hundred runs ninety-six were short: the median and the 95th part are, too."""
    runs = _runs(up_to_0=96, up_to_10=4)

    assert quantile(runs, 0.95) == pytest.approx(0.005, abs=0.0001)
    assert quantile(runs, 0.99) > 5


def test_what_is_longer_than_all_bounds_is_told_as_the_last() -> None:
    """Nobody knows how much longer it took."""
    assert DURATION_BOUNDS[-1] == quantile(_runs(up_to_16=1), 0.5)


def test_without_a_run_there_is_no_duration() -> None:
    """No news is not zero."""
    assert math.isnan(quantile(_runs(), 0.5))
