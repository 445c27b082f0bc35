"""Makes empty tables look to the planner as they are with a million jobs: their size on disk, and what is in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

JOBS = 1_000_000
CHUNKS = 10_000_000
_PAGE = 8192
_SEGMENT_PAGES = 131_072
_PLANNED_INDEX_BYTES = 60

# Rows and bytes of a row.
TABLES: dict[str, tuple[int, int]] = {
    "upload_jobs": (JOBS, 1000),
    "documents": (JOBS, 600),
    "parsed_texts": (JOBS, 300),
    "chunk_sets": (JOBS, 250),
    "receipts": (JOBS, 600),
    "parse_runs": (JOBS // 4, 500),
    "webhook_deliveries": (JOBS // 4, 150),
    "embedding_batches": (JOBS, 300),
    "provider_batches": (JOBS // 50, 200),
    "provider_calls": (2 * JOBS, 350),
    "events": (20 * JOBS, 300),
    "document_chunk_buffer": (CHUNKS, 1300),
    "document_vector_buffer": (CHUNKS, 350),
    "pending_uploads": (JOBS // 100, 400),
}
# Of columns that are not unique: how many values there are (a negative number: that part of the rows).
DISTINCT = {
    "job_id": JOBS,
    "document_id": JOBS,
    "set_id": JOBS,
    "user_id": 1000,
    "raw_path": -1,
    "correlation_id": JOBS,
    "parse_id": JOBS // 4,
    "call_key": -1,
    "chunk_id": -1,
    "chunk_sha": -0.9,
    "file_sha256": -0.9,
    "options_sha": 3,
    "chunk_ord": 5000,
    "batch_ord": 100,
    "lease_epoch": 5,
    "ts": -1,
    "created_at": -1,
    "updated_at": -1,
    "intended_at": -1,
    "ended_at": -1,
    "expires_at": -1,
    "live_set_id": -1,
    "parsed_sha256": -0.9,
}
# The most frequent values and their part of the rows, and the part of rows without a value.
FREQUENT: dict[str, dict[str, float]] = {
    "upload_jobs.status": {"complete": 0.9, "uploaded": 0.08, "failed_parse": 0.01, "embedding_in_progress": 0.01},
    "upload_jobs.waits_for": {"": 0.99, "openai": 0.01},
    "upload_jobs.priority": {"0": 0.99, "-10": 0.01},
    "upload_jobs.lease_owner": {"w1": 0.0005, "w2": 0.0005},
    "events.type": {
        "transition": 0.5,
        "claimed": 0.1,
        "released": 0.1,
        "created": 0.05,
        "paid_intent": 0.1,
        "note": 0.01,
    },
    "events.code": {"JOB_CLAIMED": 0.1, "PARSE_STORED": 0.05, "DOCUMENT_DELETED": 0.0001},
    "provider_calls.state": {"recorded": 0.98, "abandoned": 0.01, "intended": 0.001},
    "provider_calls.provider": {"openai": 0.9, "llamaparse": 0.1},
    "document_vector_buffer.embed_model": {"text-embedding-3-small": 0.9, "text-embedding-3-large": 0.1},
    "document_vector_buffer.embed_version": {"1": 1.0},
    "document_vector_buffer.provider": {"openai": 1.0},
    "documents.live_embed_model": {"text-embedding-3-small": 0.9},
    "documents.live_embed_version": {"1": 0.9},
    "documents.live_embed_provider": {"openai": 0.9},
}
NULLS = {
    "upload_jobs.processing_completed_at": 0.09,
    "upload_jobs.due_at": 0.91,
    "upload_jobs.lease_owner": 0.999,
    "upload_jobs.last_error": 0.99,
    "upload_jobs.retry_of": 0.99,
    "upload_jobs.set_id": 0.09,
    "provider_batches.ended_at": 0.01,
    "embedding_batches.recorded_at": 0.01,
    "documents.live_set_id": 0.1,
    "provider_calls.ended_at": 0.001,
}
# Spread over these days.
TIMES = (
    "ts",
    "intended_at",
    "ended_at",
    "created_at",
    "updated_at",
    "available_at",
    "due_at",
    "processing_completed_at",
)
_DAYS = 30

_COLUMNS = """
SELECT a.attname AS name, a.atttypid::regtype::text AS type
FROM pg_attribute a
WHERE a.attrelid = ('upload_pipeline.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
_FILES = """
SELECT pg_relation_filepath(oid) AS path, 0 AS is_index FROM pg_class WHERE oid = ('upload_pipeline.' || $1)::regclass
UNION ALL
SELECT pg_relation_filepath(i.indexrelid), 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ('upload_pipeline.' || $1)::regclass AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
"""


async def make_large(connection: Any) -> None:
    """Give every table the size and the statistics of a large installation; nobody may read or write it afterwards."""
    folder = Path(await connection.fetchval("SHOW data_directory"))
    for table, (rows, width) in TABLES.items():
        await connection.execute(f"ALTER TABLE upload_pipeline.{table} SET (autovacuum_enabled = off)")
        pages = rows * width // _PAGE + 1
        await _tell_size(connection, table, rows, pages)
        for column in await connection.fetch(_COLUMNS, table):
            await _tell_values(connection, table, column["name"], column["type"])
        for file in await connection.fetch(_FILES, table):
            _stretch(folder / file["path"], rows * _PLANNED_INDEX_BYTES // _PAGE + 2 if file["is_index"] else pages)


async def _tell_size(connection: Any, table: str, rows: int, pages: int) -> None:
    await connection.execute(
        "SELECT pg_restore_relation_stats('schemaname', 'upload_pipeline', 'relname', $1::text, 'reltuples', $2::real,"
        " 'relpages', $3::integer, 'relallvisible', $4::integer)",
        table,
        rows,
        pages,
        pages // 2,
    )


async def _tell_values(connection: Any, table: str, column: str, kind: str) -> None:
    facts: dict[str, str] = {
        "null_frac": f"{NULLS.get(f'{table}.{column}', 0)}::real",
        "n_distinct": f"{DISTINCT.get(column, 20)}::real",
        "avg_width": "20::integer",
    }
    if frequent := FREQUENT.get(f"{table}.{column}"):
        values = ",".join(f'"{value}"' for value in frequent)
        facts["most_common_vals"] = f"'{{{values}}}'::text"
        facts["most_common_freqs"] = f"ARRAY[{','.join(str(part) for part in frequent.values())}]::real[]"
    elif column in TIMES and kind.startswith("timestamp"):
        days = ", ".join(f"now() - interval '{day} days'" for day in range(_DAYS, -1, -1))
        facts["histogram_bounds"] = f"ARRAY[{days}]::text"
        facts["correlation"] = "0.99::real"
    told = ", ".join(f"'{name}', {value}" for name, value in facts.items())
    await connection.execute(
        f"SELECT pg_restore_attribute_stats('schemaname', 'upload_pipeline', 'relname', '{table}',"
        f" 'attname', '{column}', 'inherited', false, {told})"
    )


def _stretch(path: Path, pages: int) -> None:
    """Make a file as long as so many pages would be, without filling it: the planner looks at lengths alone."""
    owner = path.stat()
    for segment in range(-(-pages // _SEGMENT_PAGES)):
        part = path if not segment else path.with_name(f"{path.name}.{segment}")
        part.touch()
        os.truncate(part, min(pages - segment * _SEGMENT_PAGES, _SEGMENT_PAGES) * _PAGE)
        os.chown(part, owner.st_uid, owner.st_gid)
        part.chmod(owner.st_mode & 0o777)
