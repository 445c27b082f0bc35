"""Violations of what was done: moves, claims, purchases, failures, and what hangs at rest."""

from __future__ import annotations

from .planting import KEY, OF_TEXT, RECORDED, SET, call, event, new_job, plant

HISTORY = (
    plant(
        "s01a_moves_are_legal",
        f"UPDATE events SET to_status = 'complete' {OF_TEXT} AND to_status = 'parsed'",
        implies="s02a_moves_follow_one_another s09_nothing_after_the_end",
    ),
    plant(
        "s01b_moves_bear_their_code", f"UPDATE events SET code = 'PARSE_STORED' {OF_TEXT} AND to_status = 'complete'"
    ),
    plant(
        "s02a_moves_follow_one_another",
        f"DELETE FROM events {OF_TEXT} AND to_status = 'chunking'",
    ),
    plant(
        "s02b_status_is_the_last_move",
        f"DELETE FROM events {OF_TEXT} AND to_status = 'complete'",
    ),
    plant("s02c_creation_is_told_once", f"DELETE FROM events {OF_TEXT} AND type = 'created'"),
    plant(
        "s03a_epochs_rise_by_one",
        f"UPDATE events SET lease_epoch = lease_epoch + 1 {OF_TEXT} AND lease_epoch > 0",
        implies="s05d_ends_of_holding_are_told",
    ),
    plant("s03b_epoch_counts_the_claims", f"UPDATE upload_jobs SET lease_epoch = lease_epoch + 1 {OF_TEXT}"),
    plant(
        "s04_one_owner_an_epoch",
        "DROP INDEX idx_events_one_owner_per_epoch",
        event("{text}", "claimed", "JOB_CLAIMED", lease_epoch="lease_epoch"),
        implies="s03a_epochs_rise_by_one s03b_epoch_counts_the_claims s09_nothing_after_the_end",
    ),
    plant(
        "s05a_no_effect_of_a_replaced_owner",
        f"UPDATE upload_jobs SET lease_epoch = lease_epoch + 1 {OF_TEXT}",
        event("{text}", "claimed", "LEASE_EXPIRED", lease_epoch="lease_epoch"),
        event("{text}", "note", "EMBED_BATCH_SPLIT", lease_epoch="lease_epoch - 1"),
        implies="s09_nothing_after_the_end",
    ),
    plant(
        "s05b_no_effect_without_a_claim",
        event("{text}", "note", "EMBED_BATCH_SPLIT", lease_epoch="lease_epoch + 1"),
    ),
    plant(
        "s05c_no_effect_after_letting_go",
        event("{failed}", "error", "PARSE_EMPTY", lease_epoch="lease_epoch", payload="'{{}}'"),
    ),
    plant(
        "s05d_ends_of_holding_are_told",
        new_job("uploaded", lease_epoch="1"),
        event("{stranger}", "claimed", "JOB_CLAIMED", lease_epoch="1"),
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s05d_ends_of_holding_are_told",
        new_job("uploaded", lease_epoch="2", lease_owner="'w'"),
        event("{stranger}", "claimed", "JOB_CLAIMED", lease_epoch="1"),
        event("{stranger}", "claimed", "JOB_CLAIMED", lease_epoch="2"),
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s09_nothing_after_the_end",
        event("{text}", "paid_intent", "EMBED_INTENDED", payload='\'{{"call_key": "new"}}\''),
        call("{text}"),
    ),
)

PURCHASES = (
    plant(
        "s10a_nothing_recorded_is_bought_again",
        f"UPDATE events SET payload = (SELECT payload {RECORDED})"
        f" WHERE event_id = (SELECT max(event_id) FROM events {OF_TEXT} AND type = 'paid_intent')",
        implies="s10c_records_have_an_intent s10f_ledger_and_history_agree",
    ),
    plant(
        "s10b_repeated_calls_have_a_reason",
        call("{text}", call_key=KEY, state="'intended'"),
        implies="s10f_ledger_and_history_agree s10m_ended_jobs_have_no_open_intent",
    ),
    plant(
        "s10c_records_have_an_intent",
        f"DELETE FROM events {OF_TEXT} AND type = 'paid_intent' AND payload ->> 'call_key' = {KEY}",
        implies="s10f_ledger_and_history_agree",
    ),
    plant(
        "s10d_early_failures_buy_no_vectors",
        call("{failed}"),
        implies="s10f_ledger_and_history_agree",
    ),
    plant(
        "s10e_a_work_is_recorded_once",
        event("{text}", "paid_recorded", "EMBED_BUFFERED", payload=f"(SELECT payload {RECORDED})"),
        implies="s09_nothing_after_the_end s10f_ledger_and_history_agree",
    ),
    plant(
        "s10f_ledger_and_history_agree",
        f"DELETE FROM provider_calls {OF_TEXT} AND call_key = {KEY}",
        implies="s10h_batches_and_ledger_agree s10k_bill_of_vectors_has_intents s21c_receipts_cover_the_spending",
    ),
    plant("s10g_ledger_rows_are_whole", f"UPDATE provider_calls SET ended_at = NULL {OF_TEXT} AND call_key = {KEY}"),
    plant(
        "s10h_batches_and_ledger_agree",
        f"UPDATE embedding_batches SET recorded_at = NULL {OF_TEXT} AND batch_ord = 0",
        implies="s07f_embedded_jobs_have_no_open_batch",
    ),
    plant(
        "s10i_kept_parses_were_recorded",
        "UPDATE parse_runs SET call_key = 'another' WHERE job_id = '{page}'",
    ),
    plant(
        "s10j_ended_jobs_have_no_open_order",
        "UPDATE provider_batches SET ended_at = NULL, outcome = NULL WHERE job_id = '{bulk}'",
        "UPDATE upload_jobs SET processing_completed_at = now() - interval '16 minutes' WHERE job_id = '{bulk}'",
    ),
    plant(
        "s10k_bill_of_vectors_has_intents",
        f"UPDATE document_chunk_buffer SET text = 'x', chunk_sha = encode(sha256('x'), 'hex') WHERE set_id = {SET}",
    ),
    plant(
        "s10l_bill_of_parses_has_intents",
        "DELETE FROM events WHERE job_id = '{page}' AND type LIKE 'paid_%' AND code LIKE 'PARSE_%'",
        "DELETE FROM provider_calls WHERE job_id = '{page}' AND operation = 'parse'",
        "UPDATE parse_runs SET provider_job_id = 'another' WHERE job_id = '{page}'",
        implies="s10i_kept_parses_were_recorded s21c_receipts_cover_the_spending",
    ),
    plant(
        "s10m_ended_jobs_have_no_open_intent",
        f"UPDATE provider_calls SET state = 'intended', ended_at = NULL, cost_usd = 0 {OF_TEXT} AND call_key = {KEY}",
        implies="s10f_ledger_and_history_agree s10h_batches_and_ledger_agree s21c_receipts_cover_the_spending",
    ),
    plant(
        "s10n_costs_follow_from_the_price",
        "UPDATE provider_calls SET cost_usd = 0 WHERE job_id = '{page}' AND operation = 'parse'",
        implies="s21c_receipts_cover_the_spending",
    ),
    plant(
        "s10n_costs_follow_from_the_price",
        f"UPDATE provider_calls SET cost_usd = cost_usd + 12 {OF_TEXT} AND call_key = {KEY}",
        implies="s21c_receipts_cover_the_spending",
    ),
    plant(
        "s10n_costs_follow_from_the_price",
        f"UPDATE provider_calls SET billed_units = NULL {OF_TEXT} AND call_key = {KEY}",
    ),
)

ENDINGS = (
    plant(
        "s14a_failures_explain_themselves",
        "UPDATE upload_jobs SET last_error = last_error || '{{\"code\": \"NOBODY_KNOWS\"}}' WHERE job_id = '{failed}'",
    ),
    plant(
        "s14a_failures_explain_themselves",
        "UPDATE upload_jobs SET last_error = last_error || '{{\"message\": \"\"}}' WHERE job_id = '{failed}'",
    ),
    plant(
        "s14b_errors_have_known_codes",
        "UPDATE events SET code = 'NOBODY_KNOWS' WHERE job_id = '{failed}' AND type = 'error'",
    ),
    plant(
        "s14c_nothing_secret_is_told",
        'UPDATE upload_jobs SET last_error = last_error || \'{{"provider_body": "key sk-0123456789"}}\''
        " WHERE job_id = '{failed}'",
    ),
    plant(
        "s14c_nothing_secret_is_told",
        'UPDATE events SET payload = payload || \'{{"x": "postgresql://u:p@h/d"}}\''
        f" {OF_TEXT} AND type = 'claimed'",
    ),
    plant(
        "s15a_ended_jobs_are_held_by_nobody",
        "ALTER TABLE upload_jobs DROP CONSTRAINT upload_jobs_ended_holds_no_lease",
        f"UPDATE upload_jobs SET lease_owner = 'w', available_at = now() {OF_TEXT}",
    ),
    plant(
        "s15b_leases_end_in_time",
        new_job("uploaded", lease_owner="'w'", available_at="now() + interval '1 day'"),
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s16a_patience_is_bounded",
        new_job("uploaded", crash_count="4"),
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s16a_patience_is_bounded",
        new_job("uploaded", retry_count="1", attempts_in_row="1", max_attempts="1"),
        event("{stranger}", "error", "PARSE_EMPTY", payload="'{{\"counted\": true}}'"),
        implies="l01_all_jobs_have_ended",
    ),
    plant("s16b_attempts_count_errors", f"UPDATE upload_jobs SET retry_count = 1 {OF_TEXT}"),
    plant(
        "s16c_ends_have_their_time", "UPDATE upload_jobs SET processing_completed_at = NULL WHERE job_id = '{failed}'"
    ),
)

REST = (
    plant("l01_all_jobs_have_ended", new_job("uploaded")),
    plant(
        "l02_no_due_job_waits",
        new_job("uploaded", available_at="now() - interval '1 hour'"),
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "l08_stopped_workers_hold_nothing",
        new_job("uploaded", lease_owner="'w'"),
        "INSERT INTO workers (worker_id, host, pid, state, version) VALUES ('w', 'h', 1, 'stopped', '0')",
        implies="l01_all_jobs_have_ended",
    ),
)
