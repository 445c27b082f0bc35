"""What one worker can do: told only of time in which it had more before it than it could do at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accessa.observe.performance.capacity import capacity_of

START = datetime(2026, 11, 26, tzinfo=UTC)


def span(place: int, completed: int, *, whole: int = 0, before: int = 0, after: int = 0, workers: int = 1) -> Any:
    """Return what was done in the ten seconds at `place`."""
    return {
        "start": START + timedelta(seconds=10 * place),
        "completed": completed,
        "whole": whole,
        "standing_before": before,
        "standing_after": after,
        "workers": workers,
    }


QUEUE = {"before": 90, "after": 60}
TRICKLE = [span(6 * minute, 20, whole=20) for minute in range(60)]


@pytest.mark.parametrize(
    ("spans", "sentence"),
    [
        ([span(0, 19, whole=19)], "not enough data"),
        ([span(0, 200, workers=0)], "not enough data"),
        (TRICKLE, "does at least 7,200 documents an hour; there was not enough load to tell more"),
        ([span(0, 180, after=20), span(1, 170, before=20)], "does at least 63,000 documents an hour"),
        (
            [span(0, 100, whole=60, before=9, after=30), span(1, 5, before=30, after=30)],
            "does at least 21,600 documents",
        ),
        (
            [*TRICKLE, *(span(400 + place, 80 + place, **QUEUE) for place in range(3))],
            "does 29,160 documents an hour when",
        ),
        ([span(place, 80, **QUEUE, workers=4) for place in range(3)], "does at least 7,200 documents"),
        ([span(place, 80, **QUEUE, workers=2) for place in range(3)], "does 14,400 documents an hour when"),
    ],
    ids=["few", "nobody", "trickle", "burst", "whole", "queue", "queue for some", "queue for two"],
)
def test_what_a_worker_can_do_is_reckoned_from_time_with_a_queue(spans: list[Any], sentence: str) -> None:
    """Load is not capacity: without a queue before each worker, what was done is a bound from below."""
    assert capacity_of(spans).outlook().sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("spans", "workers", "sentence"),
    [
        (TRICKLE, 7, "need at most 7 workers, spread evenly over the day"),
        ([span(place, 40, **QUEUE) for place in range(3)], 4, "need 4 workers, spread evenly over the day"),
        ([span(0, 100, whole=100)], 2, "need at most 2 workers"),
        ([span(0, 200, whole=200)], 1, "need 1 worker, spread"),
        ([], None, "not enough data"),
    ],
    ids=["trickle", "queue", "burst", "enough", "nothing"],
)
def test_workers_are_told_as_well_as_one_is_known(spans: list[Any], workers: int | None, sentence: str) -> None:
    """Where a worker may do more than it was seen to do, fewer of them may be enough."""
    told = capacity_of(spans).workers_for(1_200_000)

    assert (workers, True) == (told.value, told.sentence.startswith(sentence))
