"""Checks of the money: intended before, recorded once, and nothing billed beyond it."""

from __future__ import annotations

from accessa.store.audit.check import JOBS, Check

_ASK = "Compare the provider's bill with: accessa providers; then look at the job's events for what came between."
_LEDGER = "Ledger and history have come apart: trust the provider's bill, and look for what has changed the rows."

PURCHASES: tuple[Check, ...] = (
    Check(
        "s10a_nothing_recorded_is_bought_again",
        "What was bought and recorded is never bought again.",
        _ASK,
        "event_id",
    ),
    Check(
        "s10b_repeated_calls_have_a_reason",
        "A call is made again only after it has failed, or its worker was lost.",
        _ASK,
        "call_id",
    ),
    Check("s10c_records_have_an_intent", "Nothing is bought without the intent written before.", _ASK, "event_id"),
    Check(
        "s10d_early_failures_buy_no_vectors",
        "A job that failed before its chunks were stored has bought no vectors.",
        _ASK,
        "call_id",
    ),
    Check("s10e_a_work_is_recorded_once", "The same work is recorded as paid only once.", _LEDGER, "call_key"),
    Check(
        "s10f_ledger_and_history_agree",
        "Ledger and history tell the same calls and the same records.",
        _LEDGER,
        "job_id and call_key",
    ),
    Check(
        "s10g_ledger_rows_are_whole",
        "A call that has ended says when, with what, and what it cost.",
        _LEDGER,
        "call_id",
    ),
    Check(
        "s10h_batches_and_ledger_agree",
        "A batch is ticked off exactly when its call is recorded.",
        _LEDGER,
        "job_id and batch",
    ),
    Check("s10i_kept_parses_were_recorded", "A parse that is kept is recorded as paid.", _LEDGER, "parse_id"),
    Check(
        "s10j_ended_jobs_have_no_open_order",
        "A job that has ended leaves no order of the bulk lane under way.",
        "Cancel the job once more: accessa jobs cancel ID; or delete its document.",
        "batch_id",
        (*JOBS, "grace_seconds"),
    ),
    Check(
        "s10k_bill_of_vectors_has_intents",
        "No text is billed more often than calls for it were intended.",
        _ASK,
        "unit_key",
        ("bill",),
    ),
    Check(
        "s10l_bill_of_parses_has_intents",
        "No more parses are billed than were intended.",
        _ASK,
        "request_id",
        ("bill",),
    ),
    Check(
        "s10m_ended_jobs_have_no_open_intent",
        "A job that has ended leaves no call open in the ledger.",
        _LEDGER,
        "call_id",
    ),
    Check(
        "s10n_costs_follow_from_the_price",
        "A recorded call costs what was billed times its price.",
        _LEDGER,
        "call_id",
    ),
)
