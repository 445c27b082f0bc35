"""What a drill leaves behind, as plain facts: all that its verdict is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accessa.drill.desks import BilledUnit


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An upload that the API answered with 2xx; `marks` are what its chunks have to bear."""

    job_id: UUID
    document_id: UUID
    filename: str
    sha256: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobFact:
    """One job, and the chunk set that it made."""

    job_id: UUID
    document_id: UUID
    status: str
    set_id: UUID | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """One document: its set that search looks at, the SHA-256 of its stored bytes now, and whether it was found."""

    document_id: UUID
    user_id: UUID
    file_sha256: str
    live_set_id: UUID | None
    object_sha256: str | None
    found: bool


@dataclass(frozen=True, slots=True)
class SetFact:
    """One chunk set and how many chunks it says to have."""

    set_id: UUID
    document_id: UUID
    chunks_total: int | None


@dataclass(frozen=True, slots=True)
class ChunkFact:
    """One chunk: the key under which its vector is billed, the marks in its text, and what is wrong with it.

    `altered`: its text is not the one of its hash. `vectors`: how many there are. `wrong_vector`: it is another's.
    """

    document_id: UUID
    set_id: UUID
    ordinal: int
    unit_key: str
    marks: tuple[str, ...] = ()
    altered: bool = False
    vectors: int = 1
    wrong_vector: bool = False


@dataclass(frozen=True, slots=True)
class CallFact:
    """One intended purchase, as the ledger tells it."""

    job_id: UUID
    call_key: str
    operation: str
    state: str
    lease_epoch: int
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class BatchFact:
    """One planned embedding batch: which chunks of which set it buys."""

    call_key: str
    set_id: UUID | None
    ordinals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EventFact:
    """One event of a job; `at` is the database's clock in seconds, `worker_id` stands in claims only."""

    job_id: UUID
    event_id: int
    at: float
    type: str
    lease_epoch: int | None
    to_status: str | None = None
    worker_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    """A worker that was killed, and when by the database's clock; no id for one that held nothing."""

    worker_id: str | None
    at: float


@dataclass(frozen=True, slots=True)
class BrokenCheck:
    """A check of the audit that found rows."""

    check: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it. `batch_inputs` is the size of an embedding batch, `own_bill` whether nobody else was charged on it."""

    acknowledged: Sequence[Acknowledged] = ()
    jobs: Sequence[JobFact] = ()
    documents: Sequence[DocumentFact] = ()
    sets: Sequence[SetFact] = ()
    chunks: Sequence[ChunkFact] = ()
    calls: Sequence[CallFact] = ()
    batches: Sequence[BatchFact] = ()
    parses: Mapping[str, UUID] = field(default_factory=dict)
    bill: Sequence[BilledUnit] = ()
    events: Sequence[EventFact] = ()
    kills: Sequence[Kill] = ()
    outages: Sequence[tuple[float, float]] = ()
    broken_checks: Sequence[BrokenCheck] = ()
    batch_inputs: int = 256
    lease_seconds: float = 60
    own_bill: bool = True
