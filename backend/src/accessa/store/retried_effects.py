"""Effects that no trouble of the database undoes: done anew as a whole, or looked up where a commit's end is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from accessa.domain.job import Job
from accessa.store.database import Database
from accessa.store.driver_errors import CommitUnknownError, ConflictError, DatabaseTroubleError
from accessa.store.effects import Effect, Trace, fenced
from accessa.store.patience import Patience
from accessa.store.statements import load
from accessa.telemetry.logs import get_logger

Result = TypeVar("Result")
Work = Callable[[Effect], Awaitable[Result]]

_MOST_CONFLICTS = 5
log = get_logger(__name__)


async def carry_out(
    database: Database, job: Job, work: Work[Result], *, lease_seconds: float, patience_seconds: float
) -> Result:
    """Do `work` in one fenced transaction, and again within the patience while the database is in trouble.

    `work` must do nothing outside its transaction. A commit whose answer got lost is looked up by the trace that the
    effect leaves; without one, the work is done again. Raises `LeaseLostError` when the job is another worker's.
    """
    patience, conflicts = Patience(patience_seconds), 0
    while True:
        try:
            async with fenced(database, job, lease_seconds=lease_seconds) as effect:
                result = await work(effect)
        except CommitUnknownError:
            if await _has_landed(database, effect, patience):
                return result
        except ConflictError:
            conflicts += 1
            if conflicts == _MOST_CONFLICTS:
                raise
        except DatabaseTroubleError:
            if patience.is_over:
                raise
        else:
            return result
        await patience.rest()


async def _has_landed(database: Database, effect: Effect, patience: Patience) -> bool:
    """Tell whether the effect was committed; should its transaction still be under way, its end is waited for."""
    if effect.trace is None:
        return False
    while True:
        try:
            landed = await _look(database, effect.job, effect.trace)
        except DatabaseTroubleError:
            if patience.is_over:
                raise
        else:
            log.info("A commit whose answer got lost was looked up", landed=landed)
            return landed
        await patience.rest()


async def _look(database: Database, job: Job, trace: Trace) -> bool:
    async with database.transaction(reserved=True) as connection:
        await connection.fetchval(load("wait_for_job"), job.job_id)
        return bool(await connection.fetchval(load(trace.statement), *trace.arguments))
