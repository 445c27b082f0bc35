"""What a stage can say when it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from accessa.domain.job import Job
from accessa.pipeline.services import Services


@dataclass(frozen=True, slots=True)
class Waiting:
    """The job has to wait for the outside world: let go of it, and look again after `seconds`."""

    seconds: float


Outcome = Job | Waiting
Stage = Callable[[Job, Services], Awaitable[Outcome]]
