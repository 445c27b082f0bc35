"""Checks of what is live and what is kept: complete means found by search, deleted means gone, nothing is left over."""

from __future__ import annotations

from accessa.store.audit.check import DOCUMENTS, JOBS, Check

_AGAIN = "Delete the document and upload it again; then look for what has changed its rows."
_LEFT = "Delete the document again, which removes what is left; rows without any document can be deleted by hand."
_MOCK = "Stop the workers: a simulator has reached this database. Delete the documents and look at the base URLs."

PUBLICATION: tuple[Check, ...] = (
    Check(
        "s17a_complete_is_live_or_replaced",
        "A complete document is found by search, as its newest complete job made it.",
        _AGAIN,
        "document_id",
        DOCUMENTS,
    ),
    Check("s17b_live_is_complete", "What search finds, a complete job has made.", _AGAIN, "document_id", DOCUMENTS),
    Check(
        "s17c_live_text_is_that_of_the_set",
        "A document names the text that its live chunks were cut from.",
        _AGAIN,
        "document_id",
        DOCUMENTS,
    ),
    Check("s17d_parsed_jobs_have_their_text", "A job past parsing knows where its text lies.", _AGAIN, "job_id"),
    Check(
        "s17e_progress_tells_what_is_stored",
        "The numbers that a complete job tells are those of its set.",
        _AGAIN,
        "job_id",
    ),
    Check("s18a_no_mock_outside_local", "Outside local, nothing is made by a mock.", _MOCK, "table and id", DOCUMENTS),
    Check("s18b_makers_are_known", "Whoever made a row is entered.", _MOCK, "table and id", DOCUMENTS),
    Check(
        "s19a_deletions_are_finished",
        "A deletion that was begun is carried to its end.",
        "Delete the document again: accessa documents delete ID",
        "document_id",
        (*DOCUMENTS, "grace_seconds"),
    ),
    Check(
        "s19b_nothing_is_left_of_deleted_documents",
        "No row outlives its document.",
        _LEFT,
        "table and id",
        DOCUMENTS,
    ),
    Check("s20a_plans_belong_to_a_job", "No plan, order or delivery outlives its job.", _LEFT, "table and id", JOBS),
    Check("s20b_sets_are_in_use", "Every set is live, or of a job.", _LEFT, "set_id", DOCUMENTS),
    Check("s20c_parses_are_kept_whole", "A parse result is kept with path, hash, pages and time.", _LEFT, "parse_id"),
    Check(
        "s21a_receipts_agree_with_the_rows",
        "A receipt tells what is stored.",
        "Compare it with: accessa documents receipt ID; then look for what has changed the rows.",
        "job_id",
    ),
    Check("s21b_complete_jobs_have_a_receipt", "Every complete job has its receipt.", _AGAIN, "job_id"),
    Check(
        "s21c_receipts_cover_the_spending",
        "A receipt counts exactly what the ledger had recorded for its document by then.",
        "Compare ledger and receipt with the provider's bill; then look for what has changed the rows.",
        "job_id",
    ),
)
