"""pgai: documents in a table, a vectorizer over it, and its worker run until nothing is left."""

from __future__ import annotations

import os

os.environ["DD_TRACE_ENABLED"] = "false"  # read when pgai is imported; its own command turns tracing off as well
os.environ["DD_INSTRUMENTATION_TELEMETRY_ENABLED"] = "false"

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pgai
import psycopg
import structlog
from contract import Result, Work, take_part
from pgai.vectorizer import Worker
from pgai.vectorizer.vectorizer import TIKTOKEN_CACHE_DIR

_CHUNK_CHARACTERS = 1_000
_CONCURRENCY = 2  # executors of its worker, as in the title of its row
_SOURCE = """
    CREATE TABLE IF NOT EXISTS documents (
        id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, path text NOT NULL UNIQUE, content text NOT NULL
    )
"""
_INSERT = "INSERT INTO documents (path, content) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_COUNT = "SELECT count(*), count(DISTINCT id) FROM documents_chunks"
_VECTORIZER = """
    SELECT ai.create_vectorizer(
        'documents'::regclass,
        name => 'benchmark',
        if_not_exists => true,
        loading => ai.loading_column('content'),
        parsing => ai.parsing_none(),
        destination => ai.destination_table(target_table => 'documents_chunks', view_name => 'documents_embedding'),
        embedding => ai.embedding_openai(%(model)s, %(dimensions)s, base_url => %(url)s),
        chunking => ai.chunking_recursive_character_text_splitter(%(characters)s, 0),
        indexing => ai.indexing_none(),
        scheduling => ai.scheduling_none()
    )
"""


async def prepare(config: dict[str, Any]) -> Work:
    """Install the schema of pgai and a vectorizer; the work fills the source table and runs the worker once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    os.environ["OPENAI_API_KEY"] = config["api_key"]
    os.environ["TIKTOKEN_CACHE_DIR"] = TIKTOKEN_CACHE_DIR  # its own copy of the tokens, so that nothing is downloaded
    pgai.install(config["database_url"])
    _create(config)

    async def work() -> Result:
        _fill(config)
        worker = Worker(config["database_url"], timedelta(seconds=1), once=True, concurrency=_CONCURRENCY)
        if (error := await worker.run()) is not None:
            raise error
        chunks, documents = _counts(config)
        note = "requests keep to its own limits: up to 2,048 inputs, and tokens as it estimates them"
        return {"chunks": chunks, "documents": documents, "note": note}

    return work


def _create(config: dict[str, Any]) -> None:
    values = {
        "model": config["model"],
        "dimensions": config["dimensions"],
        "url": config["embeddings_url"],
        "characters": _CHUNK_CHARACTERS,
    }
    with psycopg.connect(config["database_url"]) as connection:
        connection.execute(_SOURCE)
        connection.execute(_VECTORIZER, values)


def _fill(config: dict[str, Any]) -> None:
    rows = ((path, Path(path).read_text(encoding="utf-8")) for path in config["documents"])
    with psycopg.connect(config["database_url"]) as connection:
        connection.cursor().executemany(_INSERT, rows)


def _counts(config: dict[str, Any]) -> tuple[int, int]:
    with psycopg.connect(config["database_url"]) as connection:
        row = connection.execute(_COUNT).fetchone()
    return row or (0, 0)


if __name__ == "__main__":
    take_part(prepare)
