"""Effects that no trouble of the database undoes: done anew as a whole, or looked up where a commit's end is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from accessa.store.database import Database
from accessa.store.driver_errors import CommitUnknownError, ConflictError, DatabaseTroubleError
from accessa.store.effects import Effect, SharedEffect, Trace
from accessa.store.patience import Patience
from accessa.store.statements import load
from accessa.telemetry.logs import get_logger

Result = TypeVar("Result")
AnyEffect = TypeVar("AnyEffect", Effect, SharedEffect)
Work = Callable[[Effect], Awaitable[Result]]
SharedWork = Callable[[SharedEffect], Awaitable[Result]]

_MOST_CONFLICTS = 5
log = get_logger(__name__)


async def carry_out(
    database: Database,
    begin: Callable[[], AbstractAsyncContextManager[AnyEffect]],
    work: Callable[[AnyEffect], Awaitable[Result]],
    *,
    patience_seconds: float,
) -> Result:
    """Do `work` in the fenced transaction that `begin` opens, and again while the database is in trouble.

    `work` must do nothing outside its transaction. A commit whose answer got lost is looked up by the trace that the
    effect leaves; without one, the work is done again. Raises `LeaseLostError` when its jobs are another worker's.
    """
    patience, conflicts = Patience(patience_seconds), 0
    while True:
        try:
            async with begin() as effect:
                effect.conflicts = conflicts
                result = await work(effect)
        except CommitUnknownError:
            if await _has_landed(database, effect.trace, patience):
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


async def _has_landed(database: Database, trace: Trace | None, patience: Patience) -> bool:
    """Tell whether the effect was committed; should its transaction still be under way, its end is waited for."""
    if trace is None:
        return False
    while True:
        try:
            landed = await _look(database, trace)
        except DatabaseTroubleError:
            if patience.is_over:
                raise
        else:
            log.info("A commit whose answer got lost was looked up", landed=landed)
            return landed
        await patience.rest()


async def _look(database: Database, trace: Trace) -> bool:
    async with database.transaction(reserved=True) as connection:
        await connection.fetchval(load("wait_for_job"), trace.job_id)
        return bool(await connection.fetchval(load(trace.statement), *trace.arguments))
