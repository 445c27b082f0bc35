"""What a stage can say when it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.domain.statuses import Status, move_from
from accessa.pipeline.desk import Desk
from accessa.pipeline.services import Services
from accessa.store.effects import Facts, SharedEffect


@dataclass(frozen=True, slots=True)
class Waiting:
    """The job has to wait for the outside world: let go of it, and look again after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """What a stage has prepared: `write` stores its `content` in the transaction that moves the job on.

    Until then nothing of it is in the database, so that it may share its transaction with steps of other jobs. `rows`
    is about how many rows it is going to store.
    """

    job: Job
    facts: Facts = field(default_factory=Facts)
    write: Writer | None = None
    content: Any = None
    rows: int = 1

    @property
    def target(self) -> Status:
        """Where the job is going."""
        return move_from(self.job.status).target

    @property
    def after(self) -> Job:
        """The job as it is going to be; of its progress only the commit knows all."""
        facts = self.facts
        return self.job._replace(
            status=self.target,
            progress={**self.job.progress, **facts.progress},
            parsed_path=facts.parsed_path or self.job.parsed_path,
            parsed_sha256=facts.parsed_sha256 or self.job.parsed_sha256,
            set_id=facts.set_id or self.job.set_id,
            crash_count=0,
            attempts_in_row=0,
            wait_count=0,
        )


Outcome = Job | Waiting | Step
Stage = Callable[[Job, Services, Desk], Awaitable[Outcome]]
#: What a writer finds out about single jobs: more facts, or why one of them does not move on here.
Findings = Mapping[UUID, Facts | Waiting | AccessaError]
Writer = Callable[[SharedEffect, Services, Sequence[Step]], Awaitable[Findings]]
