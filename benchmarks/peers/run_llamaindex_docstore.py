"""LlamaIndex: `IngestionPipeline` into `PGVectorStore` with a Postgres docstore, which replaces changed documents."""

from __future__ import annotations

from typing import Any

import llamaindex_parts
from contract import Result, Work, take_part
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.storage.docstore.postgres import PostgresDocumentStore
from llama_index.storage.kvstore.postgres import PostgresKVStore


async def prepare(config: dict[str, Any]) -> Work:
    """Build the pipeline and make the tables of vectors and documents."""
    pipeline = IngestionPipeline(
        transformations=llamaindex_parts.transformations(config),
        vector_store=await llamaindex_parts.vector_store(config),
        docstore=await _docstore(config),
        docstore_strategy=DocstoreStrategy.UPSERTS,
        disable_cache=True,  # favours the peer: its cache lives in memory and holds every vector
    )

    async def work() -> Result:
        return await llamaindex_parts.run(pipeline, config)

    return work


async def _docstore(config: dict[str, Any]) -> PostgresDocumentStore:
    # Built in two steps, as the store's own from_params hands its key-value store an argument it does not know.
    values = PostgresKVStore.from_params(**llamaindex_parts.database(config), table_name="docstore")
    store = PostgresDocumentStore(values)
    await store.aget_document_hash("none")  # its first use makes the table
    return store


if __name__ == "__main__":
    take_part(prepare)
