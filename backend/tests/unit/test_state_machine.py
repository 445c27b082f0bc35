"""The status machine: every legal move is allowed, every other one is refused, and every row is served."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from accessa.domain.statuses import (
    FAILED,
    MOVES,
    TERMINAL,
    IllegalMoveError,
    Status,
    allowed_targets,
    check_move,
    event_code,
    move_from,
)
from accessa.pipeline.stages import STAGES

WAY = [
    "uploaded",
    "parse_queued",
    "parsed",
    "parse_validated",
    "chunking",
    "chunks_stored",
    "embedding_queued",
    "embedding_in_progress",
    "embeddings_stored",
    "complete",
]
FAILS_TO = dict(zip(WAY[:-1], ["failed_parse"] * 3 + ["failed_chunking"] * 2 + ["failed_embedding"] * 4, strict=True))
LEGAL = set(pairwise(WAY)) | set(FAILS_TO.items())
ALL_PAIRS = sorted(product([status.value for status in Status], repeat=2))


def test_the_thirteen_statuses_are_the_agreed_ones() -> None:
    """The names that others build on are exactly these, in this order."""
    names = [status.value for status in Status]

    assert [*WAY, "failed_parse", "failed_chunking", "failed_embedding"] == names


@pytest.mark.parametrize(("source", "target"), sorted(LEGAL))
def test_every_legal_move_is_allowed(source: str, target: str) -> None:
    """A document may take each step of the way, and each step may fail to its own failure."""
    check_move(Status(source), Status(target))

    assert Status(target) in allowed_targets(Status(source))


@pytest.mark.parametrize(("source", "target"), [pair for pair in ALL_PAIRS if pair not in LEGAL])
def test_every_other_move_is_refused(source: str, target: str) -> None:
    """No status can be skipped, repeated, gone back to, or left once it is an end."""
    with pytest.raises(IllegalMoveError) as refusal:
        check_move(Status(source), Status(target))

    assert f"a job cannot move from {source} to {target}" == str(refusal.value)


def test_only_the_four_ends_are_terminal() -> None:
    """A job ends as complete or as one of the three failures, and nowhere else."""
    assert {"complete", *FAILED} == TERMINAL
    assert set(TERMINAL) == {status for status in Status if not allowed_targets(status)}


def test_every_row_is_served_by_the_stage_it_names() -> None:
    """Each status that can be left has the one stage that its row names."""
    served = {status: stage.__name__ for status, stage in STAGES.items()}

    assert {move.source: move.stage for move in MOVES} == served


@pytest.mark.parametrize("source", WAY[:-1])
def test_each_working_status_has_one_way_on_and_one_way_to_fail(source: str) -> None:
    """The table answers where a status leads to, and where it fails to."""
    move = move_from(Status(source))

    assert (WAY[WAY.index(source) + 1], FAILS_TO[source]) == (move.target, move.fails_to)


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_an_end_has_no_row(end: Status) -> None:
    """Nothing leads out of an end."""
    with pytest.raises(KeyError):
        move_from(end)


def test_moves_are_recorded_under_their_agreed_codes() -> None:
    """Every step has a code of its own, and every failure is a dead letter."""
    codes = [event_code(Status(source), Status(target)) for source, target in pairwise(WAY)]

    assert [
        "PARSE_REQUESTED",
        "PARSE_STORED",
        "PARSE_VALIDATED",
        "CHUNKING_STARTED",
        "CHUNK_COMMITTED",
        "EMBED_PLANNED",
        "EMBED_STARTED",
        "EMBED_COMMITTED",
        "DOCUMENT_PUBLISHED",
    ] == codes
    assert {"DLQ_MOVED"} == {event_code(Status(source), Status(target)) for source, target in FAILS_TO.items()}


def test_a_refused_move_has_no_code() -> None:
    """A move that may not happen cannot be recorded either."""
    with pytest.raises(IllegalMoveError):
        event_code(Status.UPLOADED, Status.COMPLETE)
