"""What the driver's errors become."""

from __future__ import annotations

import errno

import asyncpg
import pytest

from accessa.domain.errors import AccessaError, LeaseLostError, RecoverableError
from accessa.store.driver_errors import ConflictError, ConnectionLostError, DatabaseTroubleError, translate


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ConnectionResetError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (TimeoutError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.CannotConnectNowError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.InterfaceError("connection is closed"), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.InternalClientError("died between two messages"), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.AdminShutdownError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.DeadlockDetectedError(), ConflictError, "DATABASE_UNAVAILABLE"),
        (asyncpg.SerializationError(), ConflictError, "DATABASE_UNAVAILABLE"),
        (asyncpg.QueryCanceledError(), DatabaseTroubleError, "DATABASE_UNAVAILABLE"),
        (asyncpg.ReadOnlySQLTransactionError(), DatabaseTroubleError, "DATABASE_READ_ONLY"),
        (asyncpg.DuplicatePreparedStatementError(), DatabaseTroubleError, "DATABASE_POOLED"),
        (asyncpg.DiskFullError(), DatabaseTroubleError, "DISK_FULL"),
        (OSError(errno.ENOSPC, "full"), DatabaseTroubleError, "DISK_FULL"),
        (asyncpg.UndefinedTableError(), RecoverableError, "SCHEMA_UNKNOWN"),
        (asyncpg.ForeignKeyViolationError(), LeaseLostError, "LEASE_LOST"),
    ],
)
def test_trouble_of_the_database_costs_no_attempt(error: Exception, kind: type[AccessaError], code: str) -> None:
    """A database that goes away in whatever way is waited for; only a fault of ours is nobody's outage."""
    ours = translate(error)

    assert (kind, code) == (type(ours), ours.code if ours else None)


def test_a_fault_of_ours_stays_one() -> None:
    """A wrong statement is no outage, so that it is not tried for ever."""
    assert translate(asyncpg.PostgresSyntaxError()) is None
