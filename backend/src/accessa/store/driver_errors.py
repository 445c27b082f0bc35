"""What the driver raises when Postgres is away, or says no, and what that means for whoever asked."""

from __future__ import annotations

import asyncpg

from accessa.domain.errors import AccessaError, LeaseLostError, RecoverableError, is_disk_full

DRIVER_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # Postgres died between two messages
)
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.DatabaseDroppedError,
)
_CONFLICTS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # a migration changed a table since the statement was prepared
)
_REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
)
_SCHEMA_MISSING = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError)
_STATEMENT_LOST = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)


class DatabaseTroubleError(RecoverableError):
    """The database did not do what it was asked for; nothing of the transaction holds."""


class ConflictError(DatabaseTroubleError):
    """Postgres gave the transaction up for the sake of another; run anew as a whole, it is likely to pass."""


class ConnectionLostError(DatabaseTroubleError):
    """The connection broke, or none could be made."""


class CommitUnknownError(ConnectionLostError):
    """The connection broke while a commit was under way: the transaction may hold, and has to be looked up."""


def translate(error: BaseException) -> AccessaError | None:
    """Return our error for one of the driver's, or None when it is a fault of ours."""
    if isinstance(error, asyncpg.DiskFullError) or is_disk_full(error):
        return DatabaseTroubleError("DISK_FULL")
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return DatabaseTroubleError("DATABASE_READ_ONLY")
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return LeaseLostError()  # the document was deleted while the worker was at it
    if isinstance(error, _SCHEMA_MISSING):
        return RecoverableError("SCHEMA_UNKNOWN")
    return _trouble(error)


def _trouble(error: BaseException) -> DatabaseTroubleError | None:
    if loses_statement(error):
        return DatabaseTroubleError("DATABASE_POOLED")
    if isinstance(error, _CONFLICTS):
        return ConflictError("DATABASE_UNAVAILABLE")
    if isinstance(error, _LOST):
        return ConnectionLostError("DATABASE_UNAVAILABLE")
    if isinstance(error, _REFUSALS):
        return DatabaseTroubleError("DATABASE_UNAVAILABLE")
    return None


def loses_statement(error: BaseException) -> bool:
    """Tell whether a statement that was kept on the connection is gone, as behind a transaction pooler."""
    return isinstance(error, _STATEMENT_LOST)


def breaks_connection(error: BaseException) -> bool:
    """Tell whether the connection that raised this is of no more use."""
    return isinstance(error, _LOST)
