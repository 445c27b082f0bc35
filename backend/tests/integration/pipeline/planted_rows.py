"""Violations of what is stored: content, owners, and what is live or left over."""

from __future__ import annotations

from .planting import FIRST_CHUNK, HASH_VECTORS, KEY, NOTIFIED, OF_TEXT, OPEN_BATCH, SET, copied, event, new_job, plant

LAST_RECEIPT = "WHERE job_id = (SELECT job_id FROM receipts ORDER BY completed_at DESC LIMIT 1)"

CONTENT = (
    plant(
        "s06a_chunked_jobs_have_their_set",
        new_job("embedding_queued", parsed_path="'storage://parsed/{other}/{stranger}.0.md'"),
        implies="l01_all_jobs_have_ended s02b_status_is_the_last_move s17d_parsed_jobs_have_their_text",
    ),
    plant(
        "s06b_sets_are_whole",
        f"UPDATE document_chunk_buffer SET chunk_ord = 1000 WHERE set_id = {SET} AND chunk_ord = 0",
        implies="s07e_recorded_batches_have_vectors s10k_bill_of_vectors_has_intents",
    ),
    plant(
        "s06b_sets_are_whole",
        f"UPDATE chunk_sets SET chunks_total = chunks_total + 1 WHERE set_id = {SET}",
        implies="s17e_progress_tells_what_is_stored s21a_receipts_agree_with_the_rows",
    ),
    plant(
        "s06c_chunks_are_unaltered",
        f"UPDATE document_chunk_buffer SET chunk_sha = repeat('0', 64) {FIRST_CHUNK}",
    ),
    plant(
        "s07a_chunks_have_their_vector",
        f"DELETE FROM document_vector_buffer {FIRST_CHUNK}",
        implies="s07e_recorded_batches_have_vectors",
    ),
    plant(
        "s07b_live_vectors_are_of_one_maker",
        f"UPDATE document_vector_buffer SET provider = 'mock-llamaparse' {FIRST_CHUNK}",
    ),
    plant(
        "s07c_vectors_belong_to_a_chunk",
        "INSERT INTO document_vector_buffer"
        " (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)"
        " SELECT set_id, '{stranger}', embed_model, embed_version, document_id, vector, vector_sha, provider"
        f" FROM document_vector_buffer {FIRST_CHUNK}",
    ),
    plant(
        "s07d_vectors_are_of_one_width",
        f"UPDATE document_vector_buffer SET vector = '[1, 0]' {FIRST_CHUNK}",
        HASH_VECTORS,
    ),
    plant(
        "s07e_recorded_batches_have_vectors",
        f"UPDATE embedding_batches SET chunk_ords = chunk_ords || 1000 {OF_TEXT} AND batch_ord = 0",
    ),
    plant(
        "s07f_embedded_jobs_have_no_open_batch",
        OPEN_BATCH.replace("'job'", "'{text}'"),
    ),
    plant(
        "s08a_vectors_have_their_length",
        "UPDATE document_vector_buffer SET vector = vector * array_fill(2, ARRAY[vector_dims(vector)])::vector"
        f" {FIRST_CHUNK}",
        HASH_VECTORS,
    ),
    plant(
        "s08b_vectors_are_unaltered",
        f"UPDATE document_vector_buffer SET vector_sha = repeat('0', 64) {FIRST_CHUNK}",
    ),
)

COPIES = (
    plant(
        "s22a_copies_are_of_live_sets",
        *copied("{other}"),
    ),
    plant(
        "s22b_copies_are_unaltered",
        *copied(),
        "UPDATE indexed_vectors SET vector = vector * array_fill(-1, ARRAY[vector_dims(vector)])::halfvec",
    ),
    plant(
        "s22c_copies_are_whole",
        *copied(),
        "DELETE FROM indexed_vectors",
    ),
    plant(
        "s22c_copies_are_whole",
        *copied(),
        "DELETE FROM indexed_sets",
    ),
)

OWNERSHIP = (
    plant(
        "s11a_acknowledged_is_kept",
        "DELETE FROM events WHERE document_id = '{deleted_document}'",
        implies="s10k_bill_of_vectors_has_intents",
    ),
    plant(
        "s11b_created_is_kept",
        "DELETE FROM events WHERE document_id = '{deleted_document}' AND code LIKE 'DOCUMENT_%DELET%'",
        implies="s11a_acknowledged_is_kept",
    ),
    plant(
        "s11c_bytes_are_stored_once",
        "ALTER TABLE documents DROP CONSTRAINT documents_one_per_user_and_bytes",
        new_job("uploaded"),
        "UPDATE documents d SET user_id = t.user_id, file_sha256 = t.file_sha256,"
        " raw_path = replace(d.raw_path, '{other}', t.user_id::text)"
        " FROM documents t WHERE t.document_id = '{text_document}' AND d.document_id = '{stranger}'",
        "UPDATE upload_jobs j SET user_id = d.user_id, raw_path = d.raw_path"
        " FROM documents d WHERE d.document_id = j.document_id",
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s11d_one_job_is_under_way",
        "DROP INDEX idx_upload_jobs_one_active_per_document",
        new_job("uploaded"),
        "INSERT INTO upload_jobs (job_id, user_id, document_id, raw_path, available_at)"
        " SELECT '{other}', user_id, document_id, raw_path, available_at FROM upload_jobs WHERE job_id = '{stranger}'",
        event("{other}", "created", "UPLOAD_ACCEPTED"),
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s11e_documents_have_a_job",
        new_job("uploaded"),
        "DELETE FROM upload_jobs WHERE job_id = '{stranger}'",
        "DELETE FROM events WHERE job_id = '{stranger}'",
    ),
    plant("s12a_jobs_are_of_their_owner", "UPDATE upload_jobs SET user_id = '{other}' WHERE job_id = '{failed}'"),
    plant("s12a_jobs_are_of_their_owner", "UPDATE upload_jobs SET retry_of = '{page}' WHERE job_id = '{failed}'"),
    plant(
        "s12b_paths_are_of_their_owner",
        "UPDATE documents SET raw_path = replace(raw_path, user_id::text, '{other}')"
        " WHERE document_id = '{text_document}'",
    ),
    plant(
        "s12b_paths_are_of_their_owner",
        "UPDATE parse_runs SET result_path = replace(result_path, document_id::text, '{other}')"
        " WHERE job_id = '{page}'",
    ),
    plant(
        "s12b_paths_are_of_their_owner",
        "INSERT INTO pending_uploads (document_id, user_id, job_id, correlation_id, filename, mime, bytes_len,"
        " file_sha256, raw_path, expires_at, available_at) VALUES ('{stranger}', '{other}', '{other}', '{other}', 'a',"
        " 'b', 1, repeat('0', 64), 'storage://raw/{stranger}/{stranger}.bin', now(), now())",
    ),
    plant(
        "s12c_content_is_of_its_document",
        f"UPDATE document_chunk_buffer SET document_id = '{{page_document}}' {FIRST_CHUNK}",
    ),
    plant(
        "s12c_content_is_of_its_document",
        f"UPDATE document_vector_buffer SET document_id = '{{page_document}}' {FIRST_CHUNK}",
    ),
    plant(
        "s12c_content_is_of_its_document",
        f"UPDATE document_chunk_buffer SET user_id = '{{other}}' {FIRST_CHUNK}",
    ),
    plant(
        "s12d_sets_are_of_their_document",
        "UPDATE parse_runs SET document_id = '{text_document}' WHERE job_id = '{page}'",
        implies="s12b_paths_are_of_their_owner",
    ),
    plant(
        "s12e_ledger_is_of_its_owner",
        f"UPDATE provider_calls SET user_id = '{{other}}' {OF_TEXT} AND call_key = {KEY}",
    ),
    plant(
        "s12f_history_is_of_its_document",
        f"UPDATE events SET document_id = '{{page_document}}' {OF_TEXT} AND type = 'claimed'",
    ),
    plant(
        "s13a_deliveries_are_taken_once",
        "INSERT INTO webhook_deliveries"
        " SELECT 'new', parse_id, 'parse.success' FROM parse_runs WHERE job_id = '{page}'",
        NOTIFIED,
        NOTIFIED,
    ),
    plant(
        "s13b_parses_are_taken_once",
        f"UPDATE events SET from_status = 'parse_queued', to_status = 'parsed', code = 'PARSE_STORED' {OF_TEXT}"
        " AND to_status = 'parse_validated'",
        implies="s02a_moves_follow_one_another",
    ),
    plant(
        "s13c_deliveries_are_of_their_job",
        NOTIFIED,
    ),
)

PUBLICATION = (
    plant(
        "s17a_complete_is_live_or_replaced",
        "UPDATE documents SET live_set_id = NULL, live_embed_model = NULL, live_embed_version = NULL"
        " WHERE document_id = '{text_document}'",
    ),
    plant(
        "s17b_live_is_complete",
        f"UPDATE upload_jobs SET set_id = NULL {OF_TEXT}",
        implies="s17a_complete_is_live_or_replaced s10k_bill_of_vectors_has_intents",
    ),
    plant(
        "s17c_live_text_is_that_of_the_set",
        "UPDATE documents SET parsed_sha256 = repeat('0', 64) WHERE document_id = '{text_document}'",
    ),
    plant(
        "s17d_parsed_jobs_have_their_text",
        f"UPDATE upload_jobs SET parsed_path = parsed_path || 'x' {OF_TEXT}",
    ),
    plant(
        "s17e_progress_tells_what_is_stored",
        f"UPDATE upload_jobs SET progress = progress || '{{{{\"embeds_done\": 1}}}}' {OF_TEXT}",
    ),
    plant("s18a_no_mock_outside_local", "UPDATE deployment SET environment = 'production'"),
    plant(
        "s18b_makers_are_known",
        f"UPDATE chunk_sets SET provider = 'nobody' WHERE set_id = {SET}",
    ),
    plant("s18b_makers_are_known", f"UPDATE provider_calls SET provider = 'nobody' {OF_TEXT}"),
    plant(
        "s19a_deletions_are_finished",
        "DELETE FROM events WHERE document_id = '{deleted_document}' AND code = 'DOCUMENT_DELETED'",
    ),
    plant(
        "s19b_nothing_is_left_of_deleted_documents",
        new_job("uploaded"),
        "DELETE FROM documents WHERE document_id = '{stranger}'",
        implies="l01_all_jobs_have_ended",
    ),
    plant(
        "s19b_nothing_is_left_of_deleted_documents",
        "DELETE FROM documents WHERE document_id = '{failed_document}'",
    ),
    plant(
        "s20a_plans_belong_to_a_job",
        OPEN_BATCH.replace("'job'", "'{stranger}'"),
    ),
    plant("s20a_plans_belong_to_a_job", "INSERT INTO webhook_deliveries VALUES ('new', '{stranger}', 'parse.success')"),
    plant(
        "s20b_sets_are_in_use",
        "INSERT INTO chunk_sets (set_id, document_id, parsed_sha256, chunker_name, chunker_version, provider)"
        " SELECT '{stranger}', document_id, parsed_sha256, 'another', '1', provider FROM chunk_sets"
        f" WHERE set_id = {SET}",
    ),
    plant("s20c_parses_are_kept_whole", "UPDATE parse_runs SET result_sha256 = NULL WHERE job_id = '{page}'"),
    plant("s21a_receipts_agree_with_the_rows", f"UPDATE receipts SET pages = pages + 1 {OF_TEXT}"),
    plant(
        "s21a_receipts_agree_with_the_rows",
        f"UPDATE receipts SET job_id = '{{failed}}' {LAST_RECEIPT}",
        implies="s21b_complete_jobs_have_a_receipt",
    ),
    plant("s21b_complete_jobs_have_a_receipt", f"DELETE FROM receipts {LAST_RECEIPT}"),
    plant("s21c_receipts_cover_the_spending", f"UPDATE receipts SET cost_usd = 0 {OF_TEXT}"),
    plant("s21c_receipts_cover_the_spending", f"UPDATE receipts SET cost_usd = cost_usd + 12 {OF_TEXT}"),
    plant("s21c_receipts_cover_the_spending", f"UPDATE receipts SET calls = calls + 1 {OF_TEXT}"),
)
