"""Runs the checks in one read-only snapshot, so that a pipeline at work makes no false alarm."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import UsageError
from accessa.store.audit.check import Check, Finding
from accessa.store.audit.registry import CHECKS
from accessa.store.database import Connection, Database
from accessa.store.statements import load

ROWS_SHOWN = 20
STATEMENT_SECONDS = 60.0
_ANSWER_SECONDS = 5.0
GRACE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings of the workers bound, the lease and crashes before a job fails; and the time of one check.

    A session that does nothing in its transaction, or waits for a lock, is stuck after `stuck_seconds`.
    """

    lease_seconds: float = 60.0
    max_crashes: int = 3
    statement_seconds: float = STATEMENT_SECONDS
    stuck_seconds: float = 5.0


_USUAL = Limits()


async def run_checks(
    database: Database,
    *,
    since: timedelta | None = None,
    bill: Sequence[Mapping[str, Any]] | None = None,
    acknowledged: Collection[UUID] | None = None,
    names: Collection[str] | None = None,
    at_rest: bool = False,
    limits: Limits = _USUAL,
) -> list[Finding]:
    """Run the checks and return what does not hold; empty when all is well. See `examine` for the arguments."""
    found = await examine(
        database, since=since, bill=bill, acknowledged=acknowledged, names=names, at_rest=at_rest, limits=limits
    )
    return [finding for finding in found if not finding.holds]


async def examine(
    database: Database,
    *,
    since: timedelta | None = None,
    bill: Sequence[Mapping[str, Any]] | None = None,
    acknowledged: Collection[UUID] | None = None,
    names: Collection[str] | None = None,
    at_rest: bool = False,
    limits: Limits = _USUAL,
) -> list[Finding]:
    """Run the checks and return one finding for each.

    `since` bounds them to jobs with an event in that time. `bill` are rows of the simulators' bills, without what was
    bought for searches; `acknowledged` the ids of jobs that a client was promised. Without them their checks are left
    out, as are those for a pipeline `at_rest` while it is not; `names` chooses otherwise. Raises `UsageError` for a
    name that is wrong, or lacks its evidence.
    """
    given: dict[str, Any] = {
        "bill": None if bill is None else [dict(row) for row in bill],
        "acknowledged": None if acknowledged is None else list(acknowledged),
        "codes": list(CATALOGUE),
        "lease_seconds": limits.lease_seconds,
        "max_crashes": limits.max_crashes,
        "stuck_seconds": limits.stuck_seconds,
        "grace_seconds": 0.0 if at_rest else GRACE_SECONDS,
    }
    chosen = _chosen(names, given, at_rest=at_rest)
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        # A plan that is kept does not know whether few jobs are asked for or all, and would read every row.
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        await connection.execute(load("limit_statement_time"), f"{int(limits.statement_seconds * 1000)}ms")
        given |= await _scope(connection, since)
        return [await _run(connection, check, given, limits.statement_seconds) for check in chosen]


def _chosen(names: Collection[str] | None, given: Mapping[str, Any], *, at_rest: bool) -> list[Check]:
    """Return the checks of these names, or else all that can be told now."""
    if names is None:
        return [check for check in CHECKS if (at_rest or not check.at_rest) and not _lacks_evidence(check, given)]
    known = {check.name: check for check in CHECKS}
    for name in sorted(names):
        if name not in known:
            raise UsageError("USAGE_WRONG", f"There is no check {name}; accessa audit shows their names.")
        if _lacks_evidence(known[name], given):
            raise UsageError("USAGE_WRONG", f"The check {name} needs what only a drill has; see: accessa drill --help")
    return [check for check in CHECKS if check.name in names]


def _lacks_evidence(check: Check, given: Mapping[str, Any]) -> bool:
    return check.needs_evidence and any(given.get(name, 0) is None for name in check.takes)


async def _scope(connection: Connection, since: timedelta | None) -> dict[str, list[UUID] | None]:
    """Return the jobs and documents with an event in that time, or None for all of them."""
    if since is None:
        return {"jobs": None, "documents": None}
    rows = await connection.fetch(load("select_touched_jobs"), since.total_seconds())
    return {"jobs": [row["job_id"] for row in rows], "documents": list({row["document_id"] for row in rows})}


async def _run(connection: Connection, check: Check, given: Mapping[str, Any], limit_seconds: float) -> Finding:
    started = time.monotonic()
    statement = (
        f"SELECT name, count(*) OVER () AS total FROM ({check.sql}) found (name) ORDER BY name LIMIT {ROWS_SHOWN}"  # noqa: S608 - texts of our own
    )
    arguments = [given[name] for name in check.takes]
    try:
        async with connection.transaction():
            rows = await connection.fetch(statement, *arguments, timeout=limit_seconds + _ANSWER_SECONDS)
    except asyncpg.QueryCanceledError:
        return Finding(check, [], 0, time.monotonic() - started, finished=False)
    total = rows[0]["total"] if rows else 0
    return Finding(check, [row["name"] for row in rows], total, time.monotonic() - started)
