"""What stands between us and Postgres: nothing, or a pooler that lends a connection for a session or a transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from accessa.store.driver_errors import DRIVER_ERRORS

# Whatever order a pooler lends its connections in, these looks of two clients show it lending one to both. A few would
# do where nobody else borrows; where others do, each look that tells nothing is as good as thrown with a coin.
_LOOKS = (0, 1, 1, 0, 0, 1) * 5

Connect = Callable[[], Awaitable[Any]]


class Pooler(StrEnum):
    """The kinds of poolers, by what they lend a connection for."""

    NONE = "none"
    SESSION = "session"
    TRANSACTION = "transaction"


TOLD = {
    Pooler.NONE: "directly",
    Pooler.SESSION: "through a session pooler",
    Pooler.TRANSACTION: "through a transaction pooler: statements are not kept, and work is found by polling alone",
}


async def is_direct(connection: Any) -> bool:
    """Tell whether the process that greeted the client is the one that serves it; a pooler makes up a number."""
    # A simple query, which leaves nothing behind on a connection that may be anybody's next.
    answer = await connection.execute(f"SELECT WHERE pg_backend_pid() = {int(connection.get_server_pid())}")
    return bool(answer == "SELECT 1")


async def find_pooler(connect: Connect) -> Pooler:
    """Return what `connect` leads through; a pooler that cannot be told for sure counts as a transaction pooler."""
    first = await connect()
    try:
        if await is_direct(first):
            return Pooler.NONE
        try:
            second = await connect()
        except DRIVER_ERRORS:
            return Pooler.TRANSACTION
        try:
            return await _kind_of((first, second))
        finally:
            second.terminate()
    finally:
        first.terminate()


async def _kind_of(clients: tuple[Any, Any]) -> Pooler:
    served: tuple[set[int], set[int]] = (set(), set())
    for number in _LOOKS:
        served[number].add(await clients[number].fetchval("SELECT pg_backend_pid()"))
        if len(served[number]) > 1 or served[0] & served[1]:
            return Pooler.TRANSACTION
    return Pooler.SESSION
