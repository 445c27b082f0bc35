"""How many connections of a process are in use."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from accessa.telemetry.metrics import POOL_CONNECTIONS, POOL_LIMIT


@dataclass(frozen=True, slots=True)
class PoolUse:
    """Connections that are lent out, those that wait for a borrower, and the most that there may be."""

    used: int
    idle: int
    limit: int

    def show(self) -> None:
        """Bring the gauges of the process up to date."""
        POOL_CONNECTIONS.labels("used").set(self.used)
        POOL_CONNECTIONS.labels("idle").set(self.idle)
        POOL_LIMIT.set(self.limit)


def use_of(pool: asyncpg.Pool | None, limit: int) -> PoolUse:
    """Return the use of a pool of at most `limit` connections, which may not have been opened yet."""
    if pool is None:
        return PoolUse(0, 0, limit)
    idle = pool.get_idle_size()
    return PoolUse(pool.get_size() - idle, idle, limit)
