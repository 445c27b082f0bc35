"""The layout of the pipeline: the ten statuses in order, each failure where it branches off."""

from __future__ import annotations

from accessa.apps.monitor.overview import Step, pipeline
from accessa.domain.statuses import MOVES, Status, move_from
from accessa.observe.figures import Count


def test_the_ten_statuses_stand_in_their_order() -> None:
    """From left to right the steps are the walk of a document."""
    walked = [step.status for stretch in pipeline({}) for step in stretch.steps]

    assert [*(move.source for move in MOVES), Status.COMPLETE] == walked


def test_every_failure_stands_under_the_statuses_that_fail_to_it() -> None:
    """A stretch holds exactly the statuses whose move fails to its failure; complete fails to none."""
    *working, last = pipeline({})

    for stretch in working:
        assert stretch.failure is not None
        assert {stretch.failure.status} == {move_from(step.status).fails_to for step in stretch.steps}
    assert [Status.FAILED_PARSE, Status.FAILED_CHUNKING, Status.FAILED_EMBEDDING] == [
        stretch.failure.status for stretch in working if stretch.failure
    ]
    assert ([Step(Status.COMPLETE, None)], None) == (last.steps, last.failure)


def test_every_count_stands_at_its_status() -> None:
    """Each of the thirteen statuses shows its own number of jobs."""
    counts = {status: Count(number) for number, status in enumerate(Status)}

    steps = [step for stretch in pipeline(counts) for step in [*stretch.steps, stretch.failure] if step]

    assert counts == {step.status: step.count for step in steps}
