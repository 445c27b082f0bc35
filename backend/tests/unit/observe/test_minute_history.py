"""What a minute tells of the stages."""

from __future__ import annotations

from accessa.observe.minute_history import StageMinute


def test_workers_are_added_up() -> None:
    """Two workers' runs of a minute count together."""
    minute = StageMinute()
    minute.add(1, 1.0, [1])
    minute.add(3, 2.0, [3])

    assert (4, 3.0, 4) == (minute.runs, minute.seconds, minute.buckets[0])
