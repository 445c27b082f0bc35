"""The layout of the pipeline: the ten statuses in order, each failure where it branches off."""

from __future__ import annotations

from accessa.apps.monitor.overview import Step, StepFigures, pipeline
from accessa.domain.statuses import MOVES, Status, move_from
from accessa.observe.figures import Count

_NOTHING = StepFigures({}, {}, {})


def test_the_ten_statuses_stand_in_their_order() -> None:
    """From left to right the steps are the walk of a document."""
    walked = [step.status for stretch in pipeline(_NOTHING) for step in stretch.steps]

    assert [*(move.source for move in MOVES), Status.COMPLETE] == walked


def test_every_failure_stands_under_the_statuses_that_fail_to_it() -> None:
    """A stretch holds exactly the statuses whose move fails to its failure; complete fails to none."""
    *working, last = pipeline(_NOTHING)

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

    steps = [
        step for stretch in pipeline(StepFigures(counts, {}, {})) for step in [*stretch.steps, stretch.failure] if step
    ]

    assert counts == {step.status: step.count for step in steps}


def test_a_step_tells_its_stage_its_flow_and_its_oldest() -> None:
    """What is known of a status stands at its step, with the stage that takes a document on from there."""
    known = StepFigures({Status.CHUNKING: Count(7)}, {Status.CHUNKING: 90.0}, {Status.CHUNKING: 12.5})

    steps = [step for stretch in pipeline(known) for step in stretch.steps]

    assert Step(Status.CHUNKING, Count(7), "store_chunks", 90.0, 12.5) == steps[4]
