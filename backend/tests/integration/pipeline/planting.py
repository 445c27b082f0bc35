"""How a violation is planted: statements behind the guards' back, and what they cannot but break.

`{text}`, `{page}`, `{failed}`, `{deleted}` and `{bulk}` are jobs, with `_document` the documents of them; `{stranger}`
and `{other}` are ids that nobody has.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """Statements after which `check` has to cry, with the checks that it implies and no other."""

    check: str
    statements: tuple[str, ...]
    implied: frozenset[str] = frozenset()


def plant(check: str, *statements: str, implies: str = "") -> Plant:
    """Return a plant; `implies` names the further checks, with blanks between."""
    return Plant(check, statements, frozenset(implies.split()))


def event(job: str, kind: str, code: str, **values: str) -> str:
    """Return the statement that adds an event to a job; values are SQL."""
    columns = "".join(f", {name}" for name in values)
    return (
        f"INSERT INTO events (job_id, document_id, type, code, correlation_id{columns})"
        f" SELECT job_id, document_id, '{kind}', '{code}', correlation_id{''.join(f', {v}' for v in values.values())}"
        f" FROM upload_jobs WHERE job_id = '{job}'"
    )


def new_job(status: str, **values: str) -> str:
    """Return the statement that adds a document with a job in that status; its creation is told, and it is not due."""
    values = {"available_at": "clock_timestamp() + interval '10 seconds'"} | values
    columns = "".join(f", {name}" for name in values)
    return (
        "WITH d AS (INSERT INTO documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)"
        " VALUES ('{stranger}', '{other}', 'a', 'text/plain', 1, repeat('0', 64), 'storage://raw/{other}/{stranger}.txt')"
        " RETURNING *), j AS (INSERT INTO upload_jobs"
        f" (job_id, user_id, document_id, status, raw_path{columns})"
        f" SELECT document_id, user_id, document_id, '{status}', raw_path{''.join(f', {v}' for v in values.values())}"
        " FROM d RETURNING *)"
        " INSERT INTO events (job_id, document_id, type, code, correlation_id)"
        " SELECT job_id, document_id, 'created', 'UPLOAD_ACCEPTED', correlation_id FROM j"
    )


def call(job: str, *, call_key: str = "'new'", state: str = "'failed'") -> str:
    """Return the statement that adds a call for vectors to the ledger, by the job's last holder."""
    ended = "NULL, NULL" if state == "'intended'" else "'EMBED_UNAVAILABLE', now()"
    return (
        "INSERT INTO provider_calls (call_key, job_id, document_id, user_id, provider, operation, model, units,"
        " lease_epoch, state, error_code, ended_at)"
        f" SELECT {call_key}, job_id, document_id, user_id, 'mock-openai', 'embed', embed_model, 1, lease_epoch,"
        f" {state}, {ended} FROM upload_jobs WHERE job_id = '{job}'"
    )


OF_TEXT = "WHERE job_id = '{text}'"
SET = "(SELECT set_id FROM upload_jobs WHERE job_id = '{text}')"
CHUNKS = f"FROM document_chunk_buffer WHERE set_id = {SET}"
FIRST_CHUNK = f"WHERE set_id = {SET} AND chunk_id = (SELECT min(chunk_id::text)::uuid {CHUNKS})"
KEY = f"(SELECT min(call_key) FROM embedding_batches {OF_TEXT})"
NOTIFIED = event("{page}", "webhook_accepted", "PARSE_NOTIFIED", payload='\'{{"delivery_key": "new"}}\'')
OPEN_BATCH = (
    "INSERT INTO embedding_batches (job_id, batch_ord, chunk_ords, call_key) VALUES ('job', 1000, '{{0}}', 'new')"
)
HASH_VECTORS = "UPDATE document_vector_buffer SET vector_sha = encode(sha256(vector_send(vector)), 'hex')"
RECORDED = f"FROM events {OF_TEXT} AND type = 'paid_recorded' ORDER BY event_id LIMIT 1"
# Rows enough for Postgres to prefer an index where there is one.
CROWD = (
    "CREATE TEMP TABLE crowd ON COMMIT DROP AS SELECT gen_random_uuid() AS id FROM generate_series(1, 4000)",
    (
        "INSERT INTO documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)"
        " SELECT id, id, 'a', 'b', 1, repeat('0', 64), '' FROM crowd"
    ),
    (
        "INSERT INTO chunk_sets (set_id, document_id, parsed_sha256, chunker_name, chunker_version)"
        " SELECT id, id, '', '', '' FROM crowd"
    ),
    (
        "INSERT INTO upload_jobs (job_id, user_id, document_id, raw_path, set_id, processing_completed_at)"
        " SELECT id, id, id, '', id, CASE WHEN id::text < '8' THEN now() END FROM crowd"
    ),
    (
        "INSERT INTO document_chunk_buffer"
        " (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)"
        " SELECT id, id, id, 0, '', '', repeat('0', 64), 'x' FROM crowd"
    ),
    (
        "INSERT INTO document_vector_buffer"
        " (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha)"
        " SELECT id, id, '', '', id, '[1]', repeat('0', 64) FROM crowd"
    ),
    (
        "INSERT INTO provider_calls (call_key, job_id, document_id, user_id, provider, operation, model, units,"
        " lease_epoch, state) SELECT id, id, id, id, '', 'embed', '', 1, 1, 'recorded' FROM crowd"
    ),
    (
        "INSERT INTO events (job_id, document_id, type, code, correlation_id, lease_epoch)"
        " SELECT id, id, type, '', id, 1"
        " FROM crowd, unnest('{{claimed,created,transition,paid_intent}}'::text[]) type"
    ),
    "ANALYZE documents, upload_jobs, chunk_sets, document_chunk_buffer, document_vector_buffer, provider_calls, events",
)


def copied(user: str = "") -> tuple[str, ...]:
    """Return the statements that put the text's vectors into a search index, which is of another `user` if given."""
    owner = f"'{user}'" if user else "user_id"
    index = (
        "INSERT INTO search_indexes (user_id, embed_model, embed_version, provider, dimensions)"
        f" SELECT {owner}, live_embed_model, live_embed_version, live_embed_provider, 1536"
        " FROM documents WHERE document_id = '{text_document}'"
    )
    partition = (
        "DO $$ BEGIN EXECUTE format('CREATE TABLE indexed_vectors_0 PARTITION OF indexed_vectors FOR VALUES IN (%s)',"
        " (SELECT index_id FROM search_indexes)); END $$"
    )
    sets = (
        "INSERT INTO indexed_sets (index_id, set_id, document_id, vectors, complete)"
        f" SELECT index_id, {SET}, '{{text_document}}', (SELECT count(*) {CHUNKS}), true FROM search_indexes"
    )
    vectors = (
        "INSERT INTO indexed_vectors SELECT index_id, set_id, chunk_id, vector"
        f" FROM document_vector_buffer, search_indexes WHERE set_id = {SET}"
    )
    return index, partition, sets, vectors
