"""Checks of failures, leases and patience: what goes wrong explains itself and stays bounded."""

from __future__ import annotations

from accessa.store.audit.check import JOBS, Check

_CODE = "A version of the worker writes what this one does not know: bring all workers to the same version."
_BEHIND = "Somebody changed the job behind the guards: look at its events, then retry it."

ENDINGS: tuple[Check, ...] = (
    Check(
        "s14a_failures_explain_themselves",
        "Every failed job has a known code and a sentence.",
        _CODE,
        "job_id",
        (*JOBS, "codes"),
    ),
    Check(
        "s14b_errors_have_known_codes",
        "Every error in the history has a known code.",
        _CODE,
        "event_id",
        (*JOBS, "codes"),
    ),
    Check(
        "s14c_nothing_secret_is_told",
        "No key, token or password stands in an error or event.",
        "Exchange that key now; then delete the document, or the words from the row.",
        "job or event id",
    ),
    Check("s15a_ended_jobs_are_held_by_nobody", "A job that has ended is leased to nobody.", _BEHIND, "job_id"),
    Check(
        "s15b_leases_end_in_time",
        "No lease lasts longer than WORKER_LEASE_SECONDS.",
        "Nobody can claim the job until then: compare the setting of all workers and the clock of the database.",
        "job_id",
        (*JOBS, "lease_seconds"),
    ),
    Check(
        "s16a_patience_is_bounded",
        "No job goes on after its last attempt or crash.",
        "Compare WORKER_MAX_CRASHES of all workers; then look at the job's events.",
        "job_id",
        (*JOBS, "max_crashes"),
    ),
    Check("s16b_attempts_count_errors", "Only errors that count use up attempts.", _BEHIND, "job_id"),
    Check("s16c_ends_have_their_time", "Exactly the jobs that have ended have a time of their end.", _BEHIND, "job_id"),
)
