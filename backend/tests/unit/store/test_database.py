"""What the driver's errors become."""

from __future__ import annotations

import asyncpg
import pytest

from accessa.domain.errors import AccessaError, LeaseLostError, RecoverableError
from accessa.store.database import translate


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ConnectionResetError(), RecoverableError, "DATABASE_UNAVAILABLE"),
        (TimeoutError(), RecoverableError, "DATABASE_UNAVAILABLE"),
        (asyncpg.CannotConnectNowError(), RecoverableError, "DATABASE_UNAVAILABLE"),
        (asyncpg.InterfaceError("connection is closed"), RecoverableError, "DATABASE_UNAVAILABLE"),
        (asyncpg.InternalClientError("died between two messages"), RecoverableError, "DATABASE_UNAVAILABLE"),
        (asyncpg.DiskFullError(), RecoverableError, "DISK_FULL"),
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
