"""The database server itself."""

from __future__ import annotations

import time

from accessa.observe.metric import Sample, counter, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

CONNECTIONS = gauge("accessa_database_connections", "Connections to this database, of whomever")
LIMIT = gauge("accessa_database_connections_limit", "Connections that the server takes in all")
CLOCK = gauge("accessa_database_clock_ahead_seconds", "The database's clock minus that of the monitoring")
OLDEST = gauge(
    "accessa_database_oldest_transaction_seconds",
    "Age of the oldest transaction of the database; past some minutes, end its client",
)
RESTARTS = counter("accessa_database_restarts_total", "Starts of the database server that were seen after the first")


class DatabaseReading:
    """Connections, clock, restarts and the oldest transaction."""

    metrics = (CONNECTIONS, LIMIT, CLOCK, OLDEST, RESTARTS)
    every_seconds = 2.0

    def __init__(self) -> None:
        self._started_at: float | None = None
        self._restarts = 0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the state of the server."""
        before = time.time()
        row = await connection.fetchrow(load("sight_database"))
        between = (before + time.time()) / 2
        # The start is told to the microsecond; a clock that was set moves it by less than a second.
        if self._started_at is not None and row["started_at"] > self._started_at + 1:
            self._restarts += 1
        self._started_at = row["started_at"]
        return [
            Sample(CONNECTIONS, row["connections"]),
            Sample(LIMIT, row["connections_limit"]),
            Sample(CLOCK, row["clock"] - between),
            Sample(OLDEST, row["oldest_transaction_seconds"]),
            Sample(RESTARTS, self._restarts),
        ]
