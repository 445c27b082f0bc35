"""Gates of providers, shared by all processes: circuit, pause and rate limits in one row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from accessa.domain.errors import UsageError
from accessa.domain.rate_limits import RateLimits
from accessa.store.database import Connection, Database
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class Passage:
    """The gate's word on one call: seconds to wait for the circuit and for the rate, both 0 when it may go out.

    While `probing`, the circuit may close at any moment: as soon as the one call that tries it is answered.
    """

    circuit_wait: float
    rate_wait: float
    probing: bool
    reason: str | None


async def register(database: Database, provider: str) -> None:
    """Enter whoever is going to make rows; raises `UsageError` MOCK_REFUSED for a mock outside `local`."""
    async with database.connection() as connection:
        try:
            await connection.execute(load("register_provider"), provider)
        except asyncpg.CheckViolationError:
            raise UsageError(
                "MOCK_REFUSED", f"This database refuses rows of {provider}: it is not one of local."
            ) from None


async def have_gates(database: Database, providers: Sequence[str]) -> bool:
    """Tell whether each of the providers has a gate, which none has in a database that was emptied."""
    async with database.connection() as connection:
        count: int = await connection.fetchval(load("count_gates"), list(providers))
    return count == len(set(providers))


async def open_gate(
    database: Database, provider: str, *, requests_per_minute: float | None, tokens_per_minute: float | None
) -> None:
    """See to it that the provider has a gate; limits of our own replace those it had."""
    async with database.connection() as connection:
        await connection.execute(load("open_gate_row"), provider, requests_per_minute, tokens_per_minute)


async def enter(connection: Connection, provider: str, *, requests: int, tokens: int, probe_seconds: float) -> Passage:
    """Ask whether a call may go out; where it may, it is counted. A provider without a gate has no limits yet."""
    row = await connection.fetchrow(load("pass_gate"), provider, requests, float(tokens), probe_seconds)
    return Passage(**row) if row else Passage(0.0, 0.0, probing=False, reason=None)


async def settle(connection: Connection, provider: str, limits: RateLimits, *, tokens_unused: float) -> bool:
    """Note a success with the limits it told; True when this closed the gate again."""
    recovered: bool | None = await connection.fetchval(
        load("settle_gate"),
        provider,
        limits.requests_per_minute,
        limits.requests_left,
        limits.tokens_per_minute,
        limits.tokens_left,
        tokens_unused,
    )
    return bool(recovered)


async def strike(
    connection: Connection,
    provider: str,
    code: str,
    *,
    failures_to_open: int,
    open_seconds: float,
    open_max_seconds: float,
    retry_after_seconds: float | None,
) -> bool:
    """Note an outage; True when it is this one that opened the gate."""
    opened: bool | None = await connection.fetchval(
        load("strike_gate"), provider, code, failures_to_open, open_seconds, open_max_seconds, retry_after_seconds
    )
    return bool(opened)


async def pause(
    connection: Connection, provider: str, *, retry_after_seconds: float | None, longest_seconds: float
) -> None:
    """Let all processes pause before their next call to the provider."""
    await connection.execute(load("pause_gate"), provider, retry_after_seconds, longest_seconds)


async def list_gates(database: Database) -> Sequence[Mapping[str, Any]]:
    """Return every gate as it stands, with the calls and the money of the last 24 hours."""
    async with database.connection() as connection:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(load("list_gates"))
    return rows
