"""One job's walk from stage to stage: what only has to be written waits until there is a reason to commit it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from accessa.domain.errors import (
    AccessaError,
    BudgetReachedError,
    GateClosedError,
    LeaseLostError,
    WorkerStoppingError,
)
from accessa.domain.job import Job
from accessa.domain.statuses import TERMINAL, Status, move_from
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.group_commit import GroupCommit, pass_commit
from accessa.pipeline.outcome import Outcome, Step, Waiting
from accessa.pipeline.services import Services
from accessa.pipeline.stages import STAGES, begins_alone
from accessa.pipeline.traced_work import note_outcome, stage_span
from accessa.telemetry.log_context import note
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)


class Walk:
    """Runs the stages of a claimed job; `job` is as the database has it, ahead of it are steps not yet committed."""

    def __init__(self, job: Job, services: Services, desk: Desk, commits: GroupCommit) -> None:
        """Begin where the job stands."""
        self.job = job
        self._commits = commits
        self._services = services
        self._desk = desk
        self._steps: list[Step] = []
        self._seconds: dict[Status, float] = {}
        self._begun = time.monotonic()

    @property
    def seconds_in_stage(self) -> float:
        """How long ago the last stage was begun."""
        return time.monotonic() - self._begun

    def begin_anew(self, job: Job) -> None:
        """Begin where the job truly stands, after trouble with the database."""
        self.job = job
        self._steps = []

    async def go_on(self) -> Waiting | None:
        """Run stages up to the next commit; tell when the job has to wait.

        An error leaves `job` where it is committed: what the stages before had prepared is committed first.
        """
        async with asyncio.timeout(self._services.settings.worker.stage_seconds):
            return await self._go_on(self.job)

    async def _go_on(self, ahead: Job) -> Waiting | None:
        while not self._steps or not (ahead.status in TERMINAL or begins_alone(ahead, self._desk)):
            try:
                outcome = await self._run_stage(ahead)
            except Exception:
                await self._commit_before_error()
                raise
            if not isinstance(outcome, Step):
                return self._take(outcome)
            self._steps.append(outcome)
            ahead = outcome.after
        return await self._commit()

    def _take(self, outcome: Job | Waiting) -> Waiting | None:
        if isinstance(outcome, Waiting):
            return outcome
        self.job = outcome
        return None

    async def _run_stage(self, job: Job) -> Outcome:
        self._begun = started = time.monotonic()
        stage = move_from(job.status).stage
        note(stage=stage, attempt=job.attempts_in_row + 1)
        failpoint(f"{stage}.before_effect", job.document_id)
        try:
            with stage_span(job) as span:
                outcome = await STAGES[job.status](job, self._services, self._desk)
                note_outcome(span, outcome)
        except Exception as error:
            self._count(stage, _outcome_of(error), time.monotonic() - started)
            raise
        seconds = time.monotonic() - started
        if isinstance(outcome, Step):
            self._seconds[job.status] = seconds
            return outcome
        if isinstance(outcome, Job):
            pass_commit(job)
        self._count(stage, "waiting" if isinstance(outcome, Waiting) else "done", seconds)
        _tell(stage, outcome.status if isinstance(outcome, Job) else outcome, seconds, _progress(outcome))
        return outcome

    async def _commit(self) -> Waiting | None:
        steps, self._steps = self._steps, []
        landed = await self._commits.commit(self._services, steps)
        self.job = landed.job
        self._tell_all(steps)
        if isinstance(landed.kept_by, AccessaError):
            raise landed.kept_by
        if landed.kept_by is not None:
            self._desk.clear()
        return landed.kept_by

    async def _commit_before_error(self) -> None:
        """Keep what was reached before a stage failed; should that fail as well, the job is still where it was."""
        if self._steps:
            with suppress(AccessaError):
                await self._commit()

    def _tell_all(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.job.status is self.job.status:
                return
            counts = {**step.facts.progress, **(self.job.progress if step.target is self.job.status else {})}
            stage, seconds = move_from(step.job.status).stage, self._seconds.get(step.job.status, 0.0)
            self._count(stage, "done", seconds)
            _tell(stage, step.target, seconds, counts)

    def _count(self, stage: str, outcome: str, seconds: float) -> None:
        if outcome:
            self._services.timings.add(stage, outcome, seconds)


def _outcome_of(error: Exception) -> str:
    """Return how a stage ended that met an error; nothing when its job was taken away or is to be handed back."""
    if isinstance(error, LeaseLostError | WorkerStoppingError):
        return ""
    return "waiting" if isinstance(error, GateClosedError | BudgetReachedError) else "failed"


def _progress(outcome: Job | Waiting) -> Mapping[str, Any]:
    return outcome.progress if isinstance(outcome, Job) else {}


def _tell(
    stage: str, outcome: Status | Waiting, seconds: float, counts: Mapping[str, Any] = MappingProxyType({})
) -> None:
    log.info(
        "Processing stage completed",
        stage=stage,
        outcome="waiting" if isinstance(outcome, Waiting) else outcome.value,
        duration_seconds=round(seconds, 4),
        **({"chunks_generated": int(counts.get("chunks_total", 0))} if outcome is Status.CHUNKS_STORED else {}),
        **({"vectors": int(counts.get("embeds_done", 0))} if outcome is Status.COMPLETE else {}),
    )
