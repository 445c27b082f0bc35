"""LangChain: `aadd_documents` into `PGVector`, the shortest way, which recognises no repetition."""

from __future__ import annotations

from itertools import islice
from typing import Any

import langchain_parts
from contract import Result, Work, take_part


async def prepare(config: dict[str, Any]) -> Work:
    """Make the store; the work adds one request's worth of chunks at a time."""
    store = await langchain_parts.store(config)

    async def work() -> Result:
        stored = 0
        chunks = langchain_parts.chunks(config["documents"])
        while batch := list(islice(chunks, config["inputs_per_request"])):
            stored += len(await store.aadd_documents(batch))
        return {"chunks": stored, "documents": len(config["documents"])}

    return work


if __name__ == "__main__":
    take_part(prepare)
