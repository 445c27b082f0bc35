"""Orders of the bulk lane: embedding batches of a job that were handed to the provider's Batch API together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import load

_CLOCKS_DIFFER_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Order:
    """One order and how far it is known to be; `age_seconds` since it was written down, before anything was sent."""

    batch_id: UUID
    provider: str
    batch_ords: tuple[int, ...]
    input_file_id: str | None
    provider_batch_id: str | None
    polls: int
    age_seconds: float

    @property
    def key(self) -> str:
        """The name under which the provider is given it, and by which it is found again."""
        return str(self.batch_id)

    @property
    def known_since(self) -> float:
        """From when on (seconds of the epoch) the provider may know it, should its clock differ from ours."""
        return time.time() - self.age_seconds - _CLOCKS_DIFFER_SECONDS


async def find_open_order(database: Database, job_id: UUID) -> Order | None:
    """Return the job's order that has not ended, or None."""
    async with database.connection() as connection:
        row = await connection.fetchrow(load("find_open_order"), job_id)
    return Order(**{**row, "batch_ords": tuple(row["batch_ords"])}) if row else None


async def open_order(
    connection: Connection, batch_id: UUID, job_id: UUID, provider: str, batch_ords: Sequence[int]
) -> None:
    """Write an order down before anything of it is sent."""
    await connection.execute(load("open_order"), batch_id, job_id, provider, list(batch_ords))


async def keep_order_file(connection: Connection, batch_id: UUID, file_id: str | None) -> None:
    """Keep the provider's id of the uploaded requests; None once the provider has them no more."""
    await connection.execute(load("keep_order_file"), batch_id, file_id)


async def keep_order_batch(connection: Connection, batch_id: UUID, provider_batch_id: str) -> None:
    """Keep the provider's id of the batch."""
    await connection.execute(load("keep_order_batch"), batch_id, provider_batch_id)


async def note_order_poll(connection: Connection, batch_id: UUID) -> None:
    """Count a look at the provider."""
    await connection.execute(load("note_order_poll"), batch_id)


async def end_order(connection: Connection, batch_id: UUID, outcome: str) -> None:
    """Write down how the order ended: completed, failed, expired or cancelled."""
    await connection.execute(load("end_order"), batch_id, outcome)
