"""LangChain: `aindex` with `SQLRecordManager` into `PGVector`, the documented way to index again without doubles."""

from __future__ import annotations

from typing import Any

import langchain_parts
from contract import Result, Work, take_part
from langchain_classic.indexes import SQLRecordManager
from langchain_core.indexing import aindex


async def prepare(config: dict[str, Any]) -> Work:
    """Make store and record manager in the same database; the work indexes all chunks."""
    store = await langchain_parts.store(config)
    records = SQLRecordManager("benchmark", db_url=langchain_parts.async_url(config), async_mode=True)
    await records.acreate_schema()

    async def work() -> Result:
        counts = await aindex(
            langchain_parts.chunks(config["documents"]),
            records,
            store,
            batch_size=config["inputs_per_request"],
            cleanup="incremental",
            source_id_key="source",
            key_encoder="blake2b",
        )
        note = f"{counts['num_skipped']} chunks were known and skipped" if counts["num_skipped"] else ""
        stored = counts["num_added"] + counts["num_updated"]
        return {"chunks": stored, "documents": len(config["documents"]), "note": note}

    return work


if __name__ == "__main__":
    take_part(prepare)
