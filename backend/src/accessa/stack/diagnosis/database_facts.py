"""What the database told of the stack: its schema, the workers that beat in it, and the clocks."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good
from accessa.store.blockers import BLOCKED_SECONDS, Blocker
from accessa.store.schema_version import HEAD, LiveSchema

ALIVE_SECONDS = 15.0
_MOST_SKEW_SECONDS = 2.0  # as the alerts ClockSkew and DatabaseClockSkew


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database told; `here_ahead` is this machine's clock minus its own, in seconds.

    How many documents are `waiting` is None while somebody has locked their table.
    """

    connections: int
    limit: int
    here_ahead: float
    schema: LiveSchema
    waiting: int | None
    workers: list[dict[str, Any]]
    blockers: list[Blocker] = field(default_factory=list)


def judge_locks(blockers: Sequence[Blocker]) -> Finding:
    """Tell which connection holds up others by a lock, if one does for longer than a transaction of ours takes."""
    lasting = [blocker for blocker in blockers if blocker.open_seconds > BLOCKED_SECONDS]
    if not lasting:
        return good("locks", "Nobody waits for a lock for long.")
    worst = max(lasting, key=lambda blocker: blocker.waiting)
    who = f"Connection {worst.pid} ({worst.application or 'unnamed'}, user {worst.username})"
    words = f"{who} holds a lock that {worst.waiting} other(s) wait for, in a transaction open for"
    mend = f"Have its owner end it, or run in any client of the database: SELECT pg_terminate_backend({worst.pid})"
    return bad("locks", f"{words} {worst.open_seconds:.0f} s.", mend)


def judge_schema(schema: LiveSchema) -> Finding:
    """Tell whether this version can work on the schema."""
    if schema.fits:
        return good("schema", f"The schema is at {schema.revision}, which this version works on.")
    if schema.revision is None:
        return bad("schema", f"The database has no schema, and this version needs {HEAD}.", "Run: accessa db migrate")
    if schema.revision > HEAD:
        words = f"The schema is at {schema.revision}, newer than this version ({version('accessa')}) takes ({HEAD})."
        return bad("schema", words, f"Install the newer version that has made it, then: {RESTART}")
    words = f"The schema is at {schema.revision}, and this version ({version('accessa')}) needs {HEAD}."
    return bad("schema", words, "Run: accessa db migrate")


def judge_workers(facts: Facts) -> Finding:
    """Tell how many workers gave a sign of life, and what waits if none did."""
    working = [worker for worker in facts.workers if worker["state"] in {"running", "stalled"}]
    waiting = f"{facts.waiting} document(s) wait"
    if not working:
        words = f"No worker gave a sign of life within {ALIVE_SECONDS:g} s; {waiting}."
        return bad("workers", words, f"See: accessa logs base-worker; to start all anew: {RESTART}")
    stalled = [worker["worker_id"] for worker in working if worker["state"] == "stalled"]
    if len(stalled) == len(working):
        words = f"No worker gets on, as their loops are held up ({', '.join(stalled)}); {waiting}."
        return bad("workers", words, "See what holds them up: accessa profile worker")
    return good("workers", f"{len(working)} worker(s) at work; {facts.waiting} document(s) under way.")


def judge_clocks(facts: Facts) -> Finding:
    """Tell whose clock is not the database's: this machine's, or that of a worker anywhere."""
    clocks = {f"worker {row['worker_id']}": row["vitals"].get("clock_ahead_seconds") or 0.0 for row in facts.workers}
    wrong = {whose: ahead for whose, ahead in clocks.items() if abs(ahead) > _MOST_SKEW_SECONDS}
    if abs(facts.here_ahead) > _MOST_SKEW_SECONDS:
        words = f"The clock of this machine is {_apart(facts.here_ahead)} the database's."
        return bad("clocks", words, f"Run on the machine whose time is wrong: {_set_clock()}")
    if wrong:
        told = " and ".join(f"that of {whose} is {_apart(ahead)} the database's" for whose, ahead in wrong.items())
        hosts = " and ".join(sorted({whose.split()[1].split(":")[0] for whose in wrong}))
        return bad("clocks", f"A clock is wrong: {told}.", f"Run on {hosts}: sudo timedatectl set-ntp true")
    return good("clocks", f"The clocks of this machine, the database and {len(clocks)} worker(s) agree.")


def _apart(ahead: float) -> str:
    return f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'}"


def _set_clock() -> str:
    return "sudo sntp -sS time.apple.com" if platform.system() == "Darwin" else "sudo timedatectl set-ntp true"
