"""The runs of the audit by workers: one at a time, each from where the last has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from accessa.store.audit import CHECKS, GRACE_SECONDS, Finding, Limits, examine
from accessa.store.database import Connection, Database
from accessa.store.statements import load

# A transaction may commit five minutes later than its events say, and some things are overdue only after a grace.
_OVERLAP_SECONDS = GRACE_SECONDS + 300.0
_FIRST_SECONDS = 86_400.0
# What was repaired is to be known soon.
_BROKEN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What the last run has found: for each broken check how many rows, and the checks that could not finish."""

    violations: dict[str, int]
    unfinished: tuple[str, ...]
    ended_at: float
    seconds_ago: float

    def sentences(self) -> list[str]:
        """Return one sentence for each thing that is wrong; none when all holds."""
        return [*self.broken_promises(), *self.open_questions()]

    def broken_promises(self) -> list[str]:
        """Return one sentence for each promise that is broken."""
        return [_sentence(name, total) for name, total in self.violations.items()]

    def open_questions(self) -> list[str]:
        """Return the sentence that tells of checks without a verdict, if there are any."""
        if not self.unfinished:
            return []
        return [f"The audit could not finish {len(self.unfinished)} of its checks: accessa audit tells which."]

    def when(self) -> str:
        """Return the sentence that tells when this was found."""
        return f"The last audit ended at {datetime.fromtimestamp(self.ended_at, UTC):%Y-%m-%d %H:%M} UTC."


def _sentence(name: str, total: int) -> str:
    promise = next((check.promise for check in CHECKS if check.name == name), name)
    rows = "row breaks" if total == 1 else "rows break"
    return f"{total} {rows} a promise: {promise} See: accessa audit --check {name}"


async def find_last_audit(connection: Connection) -> AuditVerdict | None:
    """Return the verdict of the newest run that has ended, or None before the first."""
    row = await connection.fetchrow(load("find_last_audit"))
    if row is None:
        return None
    totals = dict(zip(row["broken"], row["totals"], strict=True))
    return AuditVerdict(totals, tuple(row["unfinished"]), row["ended_at"], row["seconds_ago"])


async def audit_if_due(
    database: Database, worker_id: str, *, every_seconds: float, limits: Limits
) -> list[Finding] | None:
    """Run the audit unless one has begun within `every_seconds`; return its findings, or None when none was due.

    After one that found something broken the next is due within a minute.
    It looks at what was touched since the last run that saw all it had to; what was broken is looked at as a whole.
    """
    async with database.transaction() as connection:
        if not await connection.fetchval(load("take_audit_turn")):
            return None
        last = await connection.fetchrow(load("find_last_audit"))
        run = await connection.fetchrow(
            load("open_audit_run"), worker_id, every_seconds, _OVERLAP_SECONDS, _FIRST_SECONDS, _BROKEN_SECONDS
        )
    if run is None:
        return None
    findings = await _examine(database, last, timedelta(seconds=run["seconds"]), limits)
    await _keep(database, run["run_id"], findings, _violations(last) if last else {})
    return findings


async def _examine(
    database: Database, last: Mapping[str, Any] | None, since: timedelta, limits: Limits
) -> list[Finding]:
    known = {check.name for check in CHECKS if not check.at_rest and not check.needs_evidence}
    suspects = known & _violations(last).keys()
    findings = await examine(database, since=since, names=known - suspects, limits=limits)
    if suspects:
        findings += await examine(database, names=suspects, limits=limits)
    return findings


async def _keep(database: Database, run_id: int, findings: Sequence[Finding], before: Mapping[str, Any]) -> None:
    """Write the findings down; what was broken and could not be looked at again stays broken."""
    violations: dict[str, Any] = {
        finding.check.name: {"total": finding.total, "rows": finding.rows} for finding in findings if finding.total
    }
    unfinished = [finding.check.name for finding in findings if not finding.finished]
    violations |= {name: before[name] for name in unfinished if name in before}
    async with database.transaction() as connection:
        await connection.execute(load("end_audit_run"), run_id, violations, unfinished)
        await connection.execute(load("delete_old_audit_runs"))


def _violations(row: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(row["violations"]) if row else {}
