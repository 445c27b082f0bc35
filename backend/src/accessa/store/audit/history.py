"""Checks of the history: moves, claims, and who may leave a trace when."""

from __future__ import annotations

from accessa.store.audit.check import Check

_FENCE = "A worker wrote without its fence: stop that version of the worker, then look at the job's events."
_BEHIND = (
    "Somebody changed rows behind the guards: look at the job's events. Retry a failed job: accessa jobs retry ID; "
    "else delete its document and upload the file again: accessa documents delete ID"
)

HISTORY: tuple[Check, ...] = (
    Check("s01a_moves_are_legal", "Every move of a job is one that the state machine knows.", _BEHIND, "event_id"),
    Check("s01b_moves_bear_their_code", "Every move is recorded under the code of its kind.", _BEHIND, "event_id"),
    Check("s02a_moves_follow_one_another", "Every move begins where the one before has ended.", _BEHIND, "event_id"),
    Check("s02b_status_is_the_last_move", "A job stands where its last move has brought it.", _BEHIND, "job_id"),
    Check("s02c_creation_is_told_once", "The history of every job begins with one creation.", _BEHIND, "job_id"),
    Check("s03a_epochs_rise_by_one", "Every claim of a job has the epoch after that of the last.", _FENCE, "event_id"),
    Check("s03b_epoch_counts_the_claims", "The epoch of a job is the number of its claims.", _FENCE, "job_id"),
    Check("s04_one_owner_an_epoch", "No two workers ever hold a job under one epoch.", _FENCE, "job_id"),
    Check(
        "s05a_no_effect_of_a_replaced_owner",
        "A worker whose job was taken over changes nothing any more.",
        _FENCE,
        "event_id",
    ),
    Check("s05b_no_effect_without_a_claim", "Nobody changes a job without having claimed it.", _FENCE, "event_id"),
    Check(
        "s05c_no_effect_after_letting_go",
        "A worker that has let go of a job changes nothing any more.",
        _FENCE,
        "event_id",
    ),
    Check(
        "s05d_ends_of_holding_are_told",
        "Whoever holds a job ends it, lets go of it, or is told to have lost it.",
        _FENCE,
        "job_id",
    ),
    Check("s09_nothing_after_the_end", "A job that has ended is not claimed, moved or paid for.", _FENCE, "event_id"),
)
