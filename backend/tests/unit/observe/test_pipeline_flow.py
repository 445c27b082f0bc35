"""The flow through the stages, from the counts alone, and what holds documents up."""

from __future__ import annotations

from accessa.domain.statuses import MOVES, Status
from accessa.observe.ended_by_second import Ended, EndedBySecond
from accessa.observe.pipeline_flow import PipelineFlow, find_bottleneck


def _ended(**seconds: Ended) -> EndedBySecond:
    ended = EndedBySecond()
    ended._seconds = {int(second[1:]): what for second, what in seconds.items()}
    return ended


def test_who_stands_behind_a_status_or_is_complete_has_passed_it() -> None:
    """Of ten documents in half a minute four are complete, three embed and three are still uploaded."""
    flow = PipelineFlow()
    flow.note(100, {Status.UPLOADED: 10})
    flow.note(130, {Status.UPLOADED: 3, Status.EMBEDDING_IN_PROGRESS: 3})

    flows = flow.per_minute(_ended(s110=Ended(completed=4)))

    assert flows is not None
    early = {move.source: 14.0 for move in MOVES[:7]}
    assert early | {Status.EMBEDDING_IN_PROGRESS: 8.0, Status.EMBEDDINGS_STORED: 8.0} == flows


def test_a_failed_document_has_passed_the_stretches_before() -> None:
    """What fails while embedding was parsed and chunked before, and does not count as embedded."""
    flow = PipelineFlow()
    flow.note(0, {Status.UPLOADED: 6})
    flow.note(60, {})

    flows = flow.per_minute(_ended(s10=Ended(failed_embedding=6)))

    assert flows is not None
    assert (6.0, 6.0, 0.0) == (flows[Status.PARSED], flows[Status.CHUNKING], flows[Status.EMBEDDING_IN_PROGRESS])


def test_the_flow_is_unknown_before_there_is_a_window() -> None:
    """One look tells no speed, and a deletion makes none negative."""
    flow = PipelineFlow()
    flow.note(5, {Status.PARSED: 3})
    assert flow.per_minute(EndedBySecond()) is None

    flow.note(15, {})
    assert {0.0} == set((flow.per_minute(EndedBySecond()) or {}).values())


def test_only_the_last_minute_counts() -> None:
    """What passed before has no part in the speed of now."""
    flow = PipelineFlow()
    for second in range(0, 200, 10):
        flow.note(second, {Status.PARSED: 0 if second < 100 else 30})

    assert {0.0} == set((flow.per_minute(EndedBySecond()) or {}).values())


def test_a_few_documents_are_no_bottleneck() -> None:
    """Nine that wait hold up nobody."""
    assert find_bottleneck({Status.PARSE_QUEUED: 9}, {}) is None


def test_where_half_of_all_stand_is_the_bottleneck() -> None:
    """The sentence names the stage and how many wait there of how many."""
    found = find_bottleneck({Status.PARSE_QUEUED: 4000, Status.EMBEDDING_QUEUED: 1000}, {"embed_batches": 9.0})

    assert found is not None
    assert (Status.PARSE_QUEUED, "collect_parse: 80% of all unfinished documents wait there, 4,000 of 5,000.") == (
        found.status,
        found.sentence,
    )


def test_where_most_wait_to_be_taken_up_the_longest_stage_is_the_bottleneck() -> None:
    """The evidence is the part of the time that the stage took."""
    found = find_bottleneck({Status.UPLOADED: 4120, Status.CHUNKING: 9}, {"embed_batches": 63.0, "store_chunks": 37.0})

    assert found is not None
    assert (Status.EMBEDDING_IN_PROGRESS, 0.63, 4120, "time") == (
        found.status,
        found.share,
        found.waiting,
        found.measure,
    )
    assert "embed_batches: 63% of the time spent in stages, while 4,120 documents wait" in found.sentence


def test_without_timings_those_that_were_taken_up_tell() -> None:
    """Before a worker has told its timings, the crowd among the documents in hand is the evidence."""
    found = find_bottleneck({Status.UPLOADED: 90, Status.EMBEDDING_IN_PROGRESS: 8, Status.PARSED: 2}, {})

    assert found is not None
    assert (Status.EMBEDDING_IN_PROGRESS, 0.8) == (found.status, found.share)
