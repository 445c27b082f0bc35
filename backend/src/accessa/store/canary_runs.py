"""The runs of canary documents: one at a time, whoever sends them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import load

# A sender that lives ends its canary in time; so much later it has died.
_GRACE_SECONDS = 30.0
_LOST = "CANARY_LOST"


@dataclass(frozen=True, slots=True)
class CanaryRun:
    """A canary that may be sent now."""

    run_id: int
    correlation_id: UUID


@dataclass(frozen=True, slots=True)
class CanaryVerdict:
    """The canary that ended last, and how long ago, in seconds, it ended and one was found last."""

    passed: bool
    step: str | None
    code: str | None
    seconds: float
    ended_seconds_ago: float
    passed_seconds_ago: float | None


async def open_canary(
    database: Database, *, every_seconds: float, failed_seconds: float, timeout_seconds: float
) -> CanaryRun | None:
    """Begin a canary unless one has begun within `every_seconds`, or within `failed_seconds` if that one failed.

    Canaries whose sender has died are ended as CANARY_LOST, and those of more than a week ago go.
    """
    async with database.transaction() as connection:
        if not await connection.fetchval(load("take_canary_turn")):
            return None
        await connection.execute(load("end_lost_canaries"), timeout_seconds + _GRACE_SECONDS, _LOST)
        row = await connection.fetchrow(load("open_canary_run"), every_seconds, failed_seconds)
        if row is None:
            return None
        await connection.execute(load("delete_old_canary_runs"))
    return CanaryRun(row["run_id"], row["correlation_id"])


async def end_canary(
    database: Database, run: CanaryRun, *, code: str | None, step: str, document_id: UUID | None, seconds: float
) -> None:
    """Write the verdict down: found when `code` is None, else what failed at which `step`."""
    async with database.connection() as connection:
        await connection.execute(load("end_canary_run"), run.run_id, code, step, document_id, seconds)


async def find_last_canary(connection: Connection) -> CanaryVerdict | None:
    """Return the canary that ended last, or None before the first."""
    row = await connection.fetchrow(load("find_last_canary"))
    return CanaryVerdict(**row) if row else None
