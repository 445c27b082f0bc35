"""LlamaIndex: `IngestionPipeline` into `PGVectorStore`, which recognises no repetition."""

from __future__ import annotations

from typing import Any

import llamaindex_parts
from contract import Result, Work, take_part
from llama_index.core.ingestion import IngestionPipeline


async def prepare(config: dict[str, Any]) -> Work:
    """Build the pipeline and make the table."""
    pipeline = IngestionPipeline(
        transformations=llamaindex_parts.transformations(config),
        vector_store=await llamaindex_parts.vector_store(config),
        disable_cache=True,  # favours the peer: its cache lives in memory and holds every vector
    )

    async def work() -> Result:
        return await llamaindex_parts.run(pipeline, config)

    return work


if __name__ == "__main__":
    take_part(prepare)
