"""Durations of stages as they are told from buckets."""

from __future__ import annotations

import pytest

from accessa.observe.minute_history import StageMinute
from accessa.telemetry.metrics import DURATION_BOUNDS


def _runs(**at_bound: int) -> StageMinute:
    minute = StageMinute()
    buckets = [at_bound.get(f"up_to_{place}", 0) for place in range(len(DURATION_BOUNDS) + 1)]
    minute.add(sum(buckets), 1.0, buckets)
    return minute


def test_a_quantile_lies_between_the_bounds_of_its_bucket() -> None:
    """Of runs that all took from 0.5 s to 1 s, half took less than 0.75 s as far as one can tell."""
    assert pytest.approx(0.75) == _runs(up_to_7=10).quantile(0.5)


def test_a_few_long_runs_show_at_the_end_only() -> None:
    """Of a hundred runs ninety-six were short: the median and the 95th part are, too."""
    minute = _runs(up_to_0=96, up_to_10=4)

    assert minute.quantile(0.95) == pytest.approx(0.005, abs=0.0001)
    assert (minute.quantile(0.99) or 0) > 5


def test_what_is_longer_than_all_bounds_is_told_as_the_last() -> None:
    """Nobody knows how much longer it took."""
    assert DURATION_BOUNDS[-1] == _runs(up_to_16=1).quantile(0.5)


def test_without_a_run_there_is_no_duration() -> None:
    """No news is not zero."""
    assert StageMinute().quantile(0.5) is None


def test_workers_are_added_up() -> None:
    """Two workers' runs of a minute count together."""
    minute = _runs(up_to_0=1)
    minute.add(3, 2.0, [3])

    assert (4, 3.0, 4) == (minute.runs, minute.seconds, minute.buckets[0])
