"""Runs a claimed job from stage to stage until it ends, has to wait, or fails."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from functools import partial

from accessa.domain.error_catalogue import WAITING_PROMISE
from accessa.domain.errors import (
    AccessaError,
    BudgetReachedError,
    GateClosedError,
    LeaseLostError,
    PermanentError,
    RecoverableError,
    TransientError,
    WorkerStoppingError,
    is_disk_full,
)
from accessa.domain.failure_cause import cause_of
from accessa.domain.job import Job
from accessa.domain.retry_rules import backoff_seconds
from accessa.domain.statuses import TERMINAL, move_from
from accessa.failpoints import failpoint
from accessa.pipeline.calling_off import call_off, call_off_if_cancelled
from accessa.pipeline.deletion_remains import clear_after_job
from accessa.pipeline.desk import Desk
from accessa.pipeline.job_log import work_on
from accessa.pipeline.outages import Perseverance, written
from accessa.pipeline.outcome import Waiting
from accessa.pipeline.services import Services
from accessa.pipeline.walk import Walk
from accessa.pipeline.workshop import Workshop
from accessa.store.driver_errors import ConnectionLostError, DatabaseTroubleError
from accessa.store.jobs import hand_back, renew_lease, was_taken_over
from accessa.telemetry.logs import get_logger
from accessa.telemetry.metrics import JOB_ERRORS, JOB_RETRIES, LEASES_LOST

_CRASHED = "WORKER_CRASHED"
_QUICK_RENEWAL_SECONDS = 1.0
log = get_logger(__name__)


async def run_job(job: Job, services: Services, workshop: Workshop | None = None) -> None:
    """Carry one claimed job as far as it goes; errors are settled on the job and never leave this function.

    What it shares with the other jobs of its process is in the `workshop`; without one it works by itself.
    """
    workshop = workshop or Workshop()
    with work_on(job):
        keeper = asyncio.create_task(keep_lease(job, services, asyncio.current_task()))
        desk = workshop.desk()
        try:
            still_ours = await _run_all(Walk(job, services, desk, workshop.commits), services, desk)
        finally:
            desk.clear()
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        if not still_ours:
            await clear_after_job(services, job)
            await call_off_if_cancelled(services, job)
            await _count_loss(services, job)


async def _count_loss(services: Services, job: Job) -> None:
    """Count a job that another worker has taken over; one that was cancelled or deleted is nobody's loss."""
    with suppress(AccessaError):
        if await was_taken_over(services.database, job):
            LEASES_LOST.inc()


async def _run_all(walk: Walk, services: Services, desk: Desk) -> bool:
    """Run stage after stage; False when the job is another worker's by now, cancelled, or its document deleted."""
    if walk.job.crash_count >= services.settings.worker.max_crashes:
        return await written(walk.job, services, partial(_settle, services=services, error=PermanentError(_CRASHED)))
    perseverance = Perseverance()
    while walk.job.status not in TERMINAL:
        try:
            if waiting := await walk.go_on():
                await _let_go(walk.job, services, waiting)
                return True
        except (asyncio.CancelledError, WorkerStoppingError) as end:
            ours = await asyncio.shield(hand_back_job(walk.job, services))
            if ours and isinstance(end, asyncio.CancelledError):
                raise
            return ours
        except (GateClosedError, BudgetReachedError) as closed:
            return await written(walk.job, services, partial(_wait_at_gate, services=services, closed=closed))
        except Exception as error:  # noqa: BLE001 - whatever a stage meets ends on the job, never in the worker
            resumed = await _after_error(walk, services, perseverance, _as_ours(error, services))
            if isinstance(resumed, bool):
                return resumed
            desk.clear()
            walk.begin_anew(resumed)
    return True


async def _after_error(walk: Walk, services: Services, perseverance: Perseverance, error: AccessaError) -> Job | bool:
    """Return the job as it stands, to be gone on with; or whether it was ours to write the error down on."""
    job = walk.job
    if not perseverance.allows(job, error):
        settle = partial(_settle, services=services, error=error, seconds=walk.seconds_in_stage)
        return await written(job, services, settle)
    try:
        return await perseverance.resume(job, services) or False
    except asyncio.CancelledError:
        await asyncio.shield(hand_back_job(job, services))
        raise


async def _let_go(job: Job, services: Services, waiting: Waiting) -> None:
    async with services.fenced(job) as effect:
        await effect.release(due_in_seconds=waiting.seconds)
    failpoint("release.after_commit")


async def keep_lease(job: Job, services: Services, worker_task: asyncio.Task[None] | None) -> None:
    """Renew the lease while stages run; a stage's own time limit keeps this from hiding one that hangs.

    After a failure it tries again soon: when the database is back, all workers renew before anybody claims.
    """
    lease = services.settings.worker.lease_seconds
    pause = lease / 3
    while True:
        await asyncio.sleep(pause)
        try:
            held = await renew_lease(services.database, job, lease)
        except Exception as error:
            if not isinstance(error, DatabaseTroubleError):
                log.warning("The lease could not be renewed", exc_info=error)
            pause = min(_QUICK_RENEWAL_SECONDS, lease / 20)
            continue
        pause = lease / 3
        if not held and worker_task is not None:
            log.warning("The lease is lost", code="LEASE_LOST")
            worker_task.cancel()
            return


def _as_ours(error: Exception, services: Services) -> AccessaError:
    if isinstance(error, AccessaError):
        return error
    if isinstance(error, TimeoutError) and services.database.outage.code:
        return ConnectionLostError("DATABASE_UNAVAILABLE")
    if isinstance(error, TimeoutError):
        return TransientError("INTERNAL", "A stage took longer than WORKER_STAGE_SECONDS; it is tried again.")
    if is_disk_full(error):
        return RecoverableError("DISK_FULL")
    log.error("A stage met something unexpected", exc_info=error)
    return TransientError("INTERNAL", f"Something unexpected happened ({type(error).__name__}); see the worker's log.")


async def _wait_at_gate(job: Job, services: Services, closed: GateClosedError | BudgetReachedError) -> bool:
    """Let go of the job until provider or budget is worth another look; nothing was asked, so nothing is counted.

    False when the job is not ours any more.
    """
    code = "BUDGET_AWAITED" if isinstance(closed, BudgetReachedError) else "PROVIDER_AWAITED"
    log.info("The job waits before its next purchase", code=closed.code)
    try:
        async with services.fenced(job) as effect:
            await effect.note_wait(closed)
            await effect.release(due_in_seconds=closed.due_in_seconds, code=code)
    except LeaseLostError as lost:
        return await _settle(job, services, lost)
    except DatabaseTroubleError:
        raise
    except AccessaError as error:
        log.warning("The job could not be released", code=error.code)
    return True


async def _settle(job: Job, services: Services, error: AccessaError, seconds: float = 0.0) -> bool:
    """Write down what went wrong and either let the job rest for a while or end it; False when it is not ours.

    `seconds` were spent in the stage.
    """
    if isinstance(error, LeaseLostError):
        log.warning("The job belongs to another worker, was cancelled, or its document was deleted", code=error.code)
        return False
    try:
        await _write_down(job, services, error, seconds)
    except LeaseLostError as lost:
        return await _settle(job, services, lost)
    except DatabaseTroubleError:
        raise
    except AccessaError as second:
        # The lease runs out by itself and the job is claimed again: nothing is lost by giving up here.
        log.warning("The error could not be written down", code=second.code, first_code=error.code)
    except Exception:
        log.exception("Writing an error down met something unexpected", first_code=error.code)
        with suppress(AccessaError):
            await _write_down(job, services, type(error)("INTERNAL"), seconds)
    return True


async def _write_down(job: Job, services: Services, error: AccessaError, seconds: float) -> None:
    counted = isinstance(error, TransientError)
    async with services.fenced(job) as effect:
        attempts = await effect.note_error(error, counted=counted)
        final = isinstance(error, PermanentError) or (counted and attempts >= job.max_attempts)
        if final:
            await effect.advance(move_from(job.status).fails_to, error=_last_words(job, error, attempts))
            await effect.release()
        else:
            await effect.release(due_in_seconds=_pause(job, services, error), code="RETRY_SCHEDULED")
        failpoint("error.before_commit")
    failpoint("error.after_commit")
    stage = move_from(job.status).stage
    JOB_ERRORS.labels(stage, error.code, str(counted).lower()).inc()
    if not final:
        JOB_RETRIES.labels(stage).inc()
    log.warning(
        "Processing stage failed",
        stage=stage,
        code=error.code,
        counted=counted,
        final=final,
        duration_seconds=round(seconds, 4),
    )
    if final and (counted or error.code == _CRASHED or job.lane == "bulk"):
        # It was given up on the way, so the providers may still be at work for it, and a retry would order anew.
        await call_off(services, job.job_id, may_still_come=False)


def _last_words(job: Job, error: AccessaError, attempts: int) -> dict[str, object]:
    """Return the error of a job that has ended; after the last attempt it no longer promises another one."""
    row = {**error.as_row(), "stage": move_from(job.status).stage, "cause": cause_of(error)}
    if not isinstance(error, PermanentError):
        message = error.message.replace(WAITING_PROMISE, "")
        row["message"] = f"{message} Given up after {attempts} attempts: accessa jobs retry {job.job_id}"
    return row


def _pause(job: Job, services: Services, error: AccessaError) -> float:
    worker = services.settings.worker
    return backoff_seconds(
        job.wait_count + 1,
        base_seconds=worker.backoff_seconds,
        cap_seconds=worker.backoff_max_seconds,
        floor_seconds=error.retry_after_seconds,
        jitter=random.random,
    )


async def hand_back_job(job: Job, services: Services) -> bool:
    """Let go of the job; its status is not asked for, as a commit may have gone through while its answer got lost.

    False when the job was not ours to let go.
    """
    try:
        ours = await hand_back(services.database, job)
    except AccessaError:
        return True
    failpoint("hand_back.after_commit")
    return ours
