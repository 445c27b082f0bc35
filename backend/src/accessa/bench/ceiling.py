"""The raw reference: the least durable work that turns the same files into stored vectors. It is no product.

No jobs, no states, no retries, no limits: chunk by one regular expression, ask the endpoint, copy the rows in.
Run as a program by the agreement of `program_run.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import struct
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import numpy as np
import orjson
import pybase64
import uvloop

_TASKS = 4
_LONGEST = 1000
_BLOCK = re.compile(r"\S.*?(?=\n\n|\Z)", re.DOTALL)
_SCHEMA = """
CREATE TABLE chunks (
    id uuid PRIMARY KEY, document_id uuid NOT NULL, ordinal integer NOT NULL, text text NOT NULL, vector vector NOT NULL
);
CREATE INDEX chunks_document ON chunks (document_id)
"""
_COPY_HEAD = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_COPY_TAIL = struct.pack(">h", -1)
Chunk = tuple[bytes, bytes, int, str]


def chunks_of(document: bytes, text: str) -> Iterator[Chunk]:
    """Yield id, document id, ordinal and text of each chunk: whole blocks up to the limit, long ones cut."""
    for ordinal, part in enumerate(_packed(text)):
        identity = hashlib.blake2b(part.encode(), digest_size=16, key=document, salt=struct.pack(">q", ordinal))
        yield identity.digest(), document, ordinal, part


def _packed(text: str) -> Iterator[str]:
    begin = end = -1
    for block in _BLOCK.finditer(text):
        if begin >= 0 and block.end() - begin > _LONGEST:
            yield from _cut(text, begin, end)
            begin = -1
        begin, end = (begin if begin >= 0 else block.start()), block.end()
    if begin >= 0:
        yield from _cut(text, begin, end)


def _cut(text: str, begin: int, end: int) -> Iterator[str]:
    return (text[start : min(start + _LONGEST, end)] for start in range(begin, end, _LONGEST))


def batches_of(paths: Sequence[str], inputs: int) -> Iterator[list[Chunk]]:
    """Yield full batches over all documents."""
    batch: list[Chunk] = []
    for path in paths:
        content = Path(path).read_bytes()
        document = hashlib.blake2b(content, digest_size=16).digest()
        for chunk in chunks_of(document, content.decode()):
            batch.append(chunk)
            if len(batch) == inputs:
                yield batch
                batch = []
    if batch:
        yield batch


def copy_rows(batch: Sequence[Chunk], answer: bytes, dimensions: int) -> bytes:
    """Return the rows of a batch in the binary form of COPY; no number becomes a Python float."""
    items = orjson.loads(answer)["data"]
    wire = (
        np.frombuffer(b"".join(pybase64.b64decode(item["embedding"]) for item in items), "<f4").astype(">f4").tobytes()
    )
    width = dimensions * 4
    vector_head = struct.pack(">ihh", width + 4, dimensions, 0)
    parts = [_COPY_HEAD]
    for place, (identity, document, ordinal, text) in enumerate(batch):
        encoded = text.encode()
        parts += (
            struct.pack(">hi16si16siii", 5, 16, identity, 16, document, 4, ordinal, len(encoded)),
            encoded,
            vector_head,
            wire[place * width : (place + 1) * width],
        )
    parts.append(_COPY_TAIL)
    return b"".join(parts)


async def ingest(configuration: dict[str, Any]) -> dict[str, Any]:
    """Say that all is ready, wait, and ingest; return the counts."""
    chunks = requests = 0
    pool = await asyncpg.create_pool(configuration["database_url"], min_size=_TASKS, max_size=_TASKS, ssl=False)
    headers = {"Authorization": "Bearer reference", "Content-Type": "application/json"}
    async with pool, aiohttp.ClientSession(headers=headers) as session:
        await pool.execute(_SCHEMA)
        await _turn("ready")
        batches = batches_of(configuration["documents"], configuration["inputs_per_request"])

        async def work() -> None:
            nonlocal chunks, requests
            for batch in batches:
                rows = copy_rows(batch, await _embed(session, configuration, batch), configuration["dimensions"])
                await pool.copy_to_table("chunks", source=BytesIO(rows), format="binary")
                chunks += len(batch)
                requests += 1

        await asyncio.gather(*(work() for _ in range(_TASKS)))
    return {"chunks": chunks, "documents": len(configuration["documents"]), "requests": requests}


async def _embed(session: aiohttp.ClientSession, configuration: dict[str, Any], batch: Sequence[Chunk]) -> bytes:
    body = {
        "model": configuration["model"],
        "input": [chunk[3] for chunk in batch],
        "encoding_format": "base64",
        "dimensions": configuration["dimensions"],
    }
    async with session.post(f"{configuration['embeddings_url']}/embeddings", data=orjson.dumps(body)) as answer:
        answer.raise_for_status()
        return await answer.read()


async def _turn(phase: str) -> None:
    sys.stdout.write(json.dumps({"phase": phase}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def main(path: str) -> None:
    """Run it with the configuration at `path`."""
    configuration = json.loads(Path(path).read_text())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        Path(configuration["result"]).write_text(json.dumps(runner.run(ingest(configuration))))
        runner.run(_turn("done"))


if __name__ == "__main__":
    main(sys.argv[1])
