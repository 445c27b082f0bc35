"""The result of a drill: one object for programs, one page for a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from accessa.cli.figures import count, seconds
from accessa.drill.course import Outcome

RESULT_FILE = "drill.json"
_ROWS_SHOWN = 10


def as_json(outcome: Outcome, home: Path | None) -> dict[str, object]:
    """Return the figures, the rows behind each that should be nought, and the home if it was kept."""
    verdict, money, blows = outcome.verdict, outcome.verdict.money, outcome.blows
    return {
        "passed": outcome.passed,
        "documents": outcome.documents,
        "kills": len(blows.kills),
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        "repaid_units": money.repaid_units,
        "repaid_bound": money.repaid_bound,
        "zombie_writes": len(verdict.zombie_writes),
        "violations": len(verdict.violations),
        "recovery_seconds_max": round(verdict.recovery.longest, 2),
        "seed": outcome.size.seed,
        "recovery_seconds_bound": verdict.recovery.bound,
        "recoveries": verdict.recovery.counted,
        "kills_of_busy_workers": blows.busy_kills,
        "workers": outcome.size.workers,
        "stops": blows.counts["stop"],
        "database_restarts": blows.counts["database"],
        "api_kills": blows.counts["api"],
        "fault_changes": blows.counts["faults"],
        "users": outcome.users,
        "chunks": len(outcome.evidence.chunks),
        "billed_units": len(outcome.evidence.bill),
        "leases_lost": money.leases_lost,
        "answers_lost": money.answers_lost,
        "paid_without_reason": len(money.faults),
        "refused_uploads": len(outcome.refused),
        "seconds": round(outcome.seconds, 1),
        "findings": [*verdict.findings, *outcome.refused],
        "home": str(home) if home else None,
    }


def as_lines(outcome: Outcome, home: Path | None) -> Iterator[str]:
    """Yield the page: what was done, what was found, and where to look when something was."""
    verdict, money, blows = outcome.verdict, outcome.verdict.money, outcome.blows
    yield ""
    yield _row(
        "documents",
        f"{outcome.documents} of {count(outcome.users, 'user')}, {count(len(outcome.evidence.chunks), 'chunk')}",
    )
    yield _row("workers killed", f"{len(blows.kills)}, {blows.busy_kills} of them with jobs in hand")
    yield _row("workers frozen", f"{blows.counts['stop']}, each past its lease")
    yield _row("restarts", f"{blows.counts['database']} of Postgres, {blows.counts['api']} of the API")
    yield ""
    yield _row("lost", len(verdict.lost), good=not verdict.lost)
    yield _row("stored twice or wrongly", len(verdict.duplicated), good=not verdict.duplicated)
    paid = f"{count(money.repaid_units, 'input')} of at most {money.repaid_bound}"
    reasons = f"{count(money.leases_lost, 'lease')} and {count(money.answers_lost, 'answer')} lost"
    yield _row("paid twice", f"{paid} ({reasons})", good=money.repaid_units <= money.repaid_bound)
    yield _row("paid without a reason", len(money.faults), good=not money.faults)
    yield _row("writes of replaced workers", len(verdict.zombie_writes), good=not verdict.zombie_writes)
    yield _row("broken invariants", len(verdict.violations), good=not verdict.violations)
    yield _row("longest recovery", _recovery(outcome))
    yield _row("time", seconds(outcome.seconds))
    yield _row("seed", outcome.size.seed)
    yield ""
    yield "the promise held" if outcome.passed else "THE PROMISE DID NOT HOLD"
    yield from _failure(outcome, home)


def _recovery(outcome: Outcome) -> str:
    recovery = outcome.verdict.recovery
    if not recovery.counted:
        return "none to measure"
    slower = "" if recovery.longest <= recovery.bound else "; slower than it should be: is this machine busy?"
    return f"{recovery.longest:.1f} s of at most {recovery.bound:.1f} s ({count(recovery.counted, 'job')}){slower}"


def _failure(outcome: Outcome, home: Path | None) -> Iterator[str]:
    findings = [*outcome.verdict.findings, *outcome.refused]
    yield from (f"  {line}" for line in findings[:_ROWS_SHOWN])
    if len(findings) > _ROWS_SHOWN:
        yield f"  and {len(findings) - _ROWS_SHOWN} more; all of them: {home / RESULT_FILE if home else '--json'}"
    if home:
        yield f"its database, files and logs are kept in {home}"
        yield f"to look: ACCESSA_HOME={home} accessa up && ACCESSA_HOME={home} accessa audit"


def _row(name: str, value: object, *, good: bool | None = None) -> str:
    mark = " " if good is None else "✓" if good else "✗"
    return f"{mark} {name:<28}{value}"
