"""What the driver raises when Postgres is away, or says no: one list for everybody who asks it something."""

from __future__ import annotations

import asyncpg

DRIVER_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # Postgres died between two messages
)
