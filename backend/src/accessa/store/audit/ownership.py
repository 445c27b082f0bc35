"""Checks of who owns what: nothing is lost, nothing is there twice, tenants never mix, webhooks reach their own job."""

from __future__ import annotations

from accessa.store.audit.check import DOCUMENTS, Check

_LOST = "Upload the file again; then look in the logs for the correlation id of its events."
_MIXED = "Stop the API, as one user may see what is another's; then look for what has changed the rows."
_TWICE = "A unique index is missing: see accessa db check; then delete one of the twins."
_HOOK = "Look at the job's events and its parse; delete the document and upload it again when its text is wrong."

OWNERSHIP: tuple[Check, ...] = (
    Check(
        "s11a_acknowledged_is_kept",
        "Every upload that was acknowledged is there, or was deleted.",
        _LOST,
        "job_id",
        ("acknowledged",),
    ),
    Check("s11b_created_is_kept", "Every job ever created is there, or its document was deleted.", _LOST, "job_id"),
    Check("s11c_bytes_are_stored_once", "A user's file is one document.", _TWICE, "document_id", DOCUMENTS),
    Check("s11d_one_job_is_under_way", "A document has one job under way.", _TWICE, "document_id", DOCUMENTS),
    Check("s11e_documents_have_a_job", "Every document has a job.", _LOST, "document_id", DOCUMENTS),
    Check("s12a_jobs_are_of_their_owner", "A job has the user of its document.", _MIXED, "job_id"),
    Check(
        "s12b_paths_are_of_their_owner",
        "Every file lies under its own user and document.",
        _MIXED,
        "table and id",
        DOCUMENTS,
    ),
    Check(
        "s12c_content_is_of_its_document",
        "Chunks and vectors belong to the document of their set.",
        _MIXED,
        "set_id/chunk_id",
        DOCUMENTS,
    ),
    Check(
        "s12d_sets_are_of_their_document",
        "Documents and jobs use sets and parses of their own.",
        _MIXED,
        "table and id",
        DOCUMENTS,
    ),
    Check("s12e_ledger_is_of_its_owner", "Each call is booked on the user of its job.", _MIXED, "call_id"),
    Check("s12f_history_is_of_its_document", "Each event is filed under the document of its job.", _MIXED, "event_id"),
    Check("s13a_deliveries_are_taken_once", "A webhook that comes twice is taken in once.", _HOOK, "delivery_key"),
    Check("s13b_parses_are_taken_once", "The result of a parse is applied once.", _HOOK, "job_id"),
    Check("s13c_deliveries_are_of_their_job", "A webhook reaches only the job of its address.", _HOOK, "event_id"),
)
