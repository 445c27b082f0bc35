"""The status machine: one table of moves, one gate, one meaning per status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a job is. Every document walks the ten working statuses in this order."""

    UPLOADED = "uploaded"  #: the bytes are stored and verified; nothing has been bought
    PARSE_QUEUED = "parse_queued"  #: the parse is asked for (or needs no provider); its result is awaited
    PARSED = "parsed"  #: the provider's pages are stored, word for word
    PARSE_VALIDATED = "parse_validated"  #: the normalised text is stored under its hash and is not empty
    CHUNKING = "chunking"  #: the chunk set of this text is opened
    CHUNKS_STORED = "chunks_stored"  #: every chunk of the set is stored
    EMBEDDING_QUEUED = "embedding_queued"  #: the batches still to be bought are planned and stored
    EMBEDDING_IN_PROGRESS = "embedding_in_progress"  #: batches are bought and stored one by one
    EMBEDDINGS_STORED = "embeddings_stored"  #: every chunk has exactly one vector of the job's model
    COMPLETE = "complete"  #: the set is live and found by search
    FAILED_PARSE = "failed_parse"  #: no usable text; see last_error
    FAILED_CHUNKING = "failed_chunking"  #: the text could not be chunked; see last_error
    FAILED_EMBEDDING = "failed_embedding"  #: vectors could not be bought or stored; see last_error


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the machine: the stage that takes a job from `source` to `target`, or to `fails_to`."""

    source: Status
    stage: str
    target: Status
    fails_to: Status
    event_code: str


MOVES: tuple[Move, ...] = (
    Move(Status.UPLOADED, "submit_parse", Status.PARSE_QUEUED, Status.FAILED_PARSE, "PARSE_REQUESTED"),
    Move(Status.PARSE_QUEUED, "collect_parse", Status.PARSED, Status.FAILED_PARSE, "PARSE_STORED"),
    Move(Status.PARSED, "validate_parse", Status.PARSE_VALIDATED, Status.FAILED_PARSE, "PARSE_VALIDATED"),
    Move(Status.PARSE_VALIDATED, "open_chunk_set", Status.CHUNKING, Status.FAILED_CHUNKING, "CHUNKING_STARTED"),
    Move(Status.CHUNKING, "store_chunks", Status.CHUNKS_STORED, Status.FAILED_CHUNKING, "CHUNK_COMMITTED"),
    Move(Status.CHUNKS_STORED, "plan_batches", Status.EMBEDDING_QUEUED, Status.FAILED_EMBEDDING, "EMBED_PLANNED"),
    Move(
        Status.EMBEDDING_QUEUED,
        "start_embedding",
        Status.EMBEDDING_IN_PROGRESS,
        Status.FAILED_EMBEDDING,
        "EMBED_STARTED",
    ),
    Move(
        Status.EMBEDDING_IN_PROGRESS,
        "embed_batches",
        Status.EMBEDDINGS_STORED,
        Status.FAILED_EMBEDDING,
        "EMBED_COMMITTED",
    ),
    Move(Status.EMBEDDINGS_STORED, "publish", Status.COMPLETE, Status.FAILED_EMBEDDING, "DOCUMENT_PUBLISHED"),
)

FAILED: frozenset[Status] = frozenset({Status.FAILED_PARSE, Status.FAILED_CHUNKING, Status.FAILED_EMBEDDING})
TERMINAL: frozenset[Status] = FAILED | {Status.COMPLETE}
FAILURE_EVENT_CODE = "DLQ_MOVED"

_MOVE_FROM: dict[Status, Move] = {move.source: move for move in MOVES}


class IllegalMoveError(ValueError):
    """A move that is no row of the machine was asked for."""

    def __init__(self, source: Status, target: Status) -> None:
        """Name both ends of the refused move."""
        super().__init__(f"a job cannot move from {source} to {target}")
        self.source = source
        self.target = target


def move_from(source: Status) -> Move:
    """Return the one row that leaves `source`; a terminal status raises KeyError."""
    return _MOVE_FROM[source]


def allowed_targets(source: Status) -> frozenset[Status]:
    """Return the statuses a job in `source` may move to; empty for a terminal one."""
    move = _MOVE_FROM.get(source)
    return frozenset({move.target, move.fails_to}) if move else frozenset()


def check_move(source: Status, target: Status) -> None:
    """Raise `IllegalMoveError` unless the machine has a row from `source` to `target`."""
    if target not in allowed_targets(source):
        raise IllegalMoveError(source, target)


def event_code(source: Status, target: Status) -> str:
    """Return the code under which the move from `source` to `target` is recorded."""
    check_move(source, target)
    return FAILURE_EVENT_CODE if target in FAILED else _MOVE_FROM[source].event_code
