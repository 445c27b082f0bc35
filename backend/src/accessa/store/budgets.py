"""What is spent or may be, for the budgets, and the jobs that wait for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import load

_EVERYBODY = "budget of a day"


@dataclass(frozen=True, slots=True)
class Commitments:
    """US dollars that are spent or may be: by a document, and since 00:00 UTC by its user and by all users."""

    document_usd: Decimal
    user_day_usd: Decimal
    day_usd: Decimal
    day_ends_in_seconds: float


async def sum_commitments(
    connection: Connection, document_id: UUID, user_id: UUID, *, of_user: bool, of_all: bool
) -> Commitments:
    """Return what is committed, and keep others from committing more before this transaction ends.

    The day's sums are 0 where they are not asked for. The document needs no lock of its own: whoever buys for it holds
    its job's row.
    """
    if of_all or of_user:
        await connection.execute(load("lock_budget"), _EVERYBODY if of_all else str(user_id))
    row = await connection.fetchrow(load("sum_commitments"), document_id, user_id, of_user, of_all)
    return Commitments(**row)


async def measure_parked(connection: Connection) -> Mapping[str, Any]:
    """Return how many `jobs` wait for a budget, and the `sentence` told of one of them."""
    row: Mapping[str, Any] = await connection.fetchrow(load("measure_parked_jobs"))
    return row


async def wake_parked(database: Database) -> None:
    """Make every job due that waits for a budget."""
    async with database.connection() as connection:
        await connection.execute(load("wake_parked_jobs"))
