"""Checks of a pipeline at rest: when nothing is under way any more, nothing may wait, hold or hang."""

from __future__ import annotations

from accessa.store.audit.check import Check

_LOOK = "Look whether a worker is alive: accessa status; then at its log: accessa logs"

REST: tuple[Check, ...] = (
    Check("l01_all_jobs_have_ended", "Every job has ended.", _LOOK, "job_id", (), at_rest=True),
    Check("l02_no_due_job_waits", "No job that is due waits for a worker.", _LOOK, "job_id", (), at_rest=True),
    Check(
        "l03_no_session_is_stuck",
        "No session of ours hangs in a transaction.",
        _LOOK,
        "session",
        ("stuck_seconds",),
        at_rest=True,
    ),
    Check("l08_stopped_workers_hold_nothing", "A worker that stopped holds no job.", _LOOK, "job_id", (), at_rest=True),
)
