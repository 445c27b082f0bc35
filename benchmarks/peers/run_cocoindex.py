"""CocoIndex: files of a folder, memoised by file, into a table of Postgres."""

from __future__ import annotations

import os

os.environ["COCOINDEX_DISABLE_USAGE_TRACKING"] = "1"  # read when cocoindex is imported

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any

import aiohttp
import asyncpg
import cocoindex
import numpy as np
from cocoindex.connectors import localfs, postgres
from cocoindex.ops.text import RecursiveSplitter
from cocoindex.resources.chunk import Chunk
from cocoindex.resources.file import FileLike
from cocoindex.resources.id import IdGenerator
from cocoindex_embedder import Base64Embedder
from contract import Result, Work, take_part
from numpy.typing import NDArray

_CHUNK_BYTES = 1_000
_TABLE = "benchmark_chunks"
_COUNT = f"SELECT count(*), count(DISTINCT source) FROM {_TABLE}"  # noqa: S608 - a constant

POOL = cocoindex.ContextKey[asyncpg.Pool]("pool")
EMBEDDER = cocoindex.ContextKey[Base64Embedder]("embedder")

_splitter = RecursiveSplitter()


@dataclass
class StoredChunk:
    """A row of the table."""

    id: int
    source: str
    text: str
    embedding: Annotated[NDArray[np.float32], EMBEDDER]


class _Listed:
    """Lets the walk over a folder see the listed documents only."""

    def __init__(self, folder: Path, paths: list[str]) -> None:
        self._names = {PurePath(path).relative_to(folder) for path in paths}

    def is_dir_included(self, path: PurePath) -> bool:
        return any(name.is_relative_to(path) for name in self._names)

    def is_file_included(self, path: PurePath) -> bool:
        return path in self._names


@cocoindex.fn
async def store_chunk(chunk: Chunk, source: str, ids: IdGenerator, table: postgres.TableTarget[StoredChunk]) -> None:
    """Declare the row of one chunk."""
    embedding = await cocoindex.use_context(EMBEDDER).embed(chunk.text)
    identity = await ids.next_id(chunk.text)
    table.declare_row(row=StoredChunk(identity, source, chunk.text, embedding))


@cocoindex.fn(memo=True)
async def ingest_file(file: FileLike[Any], table: postgres.TableTarget[StoredChunk]) -> None:
    """Split one file and declare the rows of its chunks."""
    chunks = _splitter.split(await file.read_text(), chunk_size=_CHUNK_BYTES, chunk_overlap=0, language="markdown")
    await cocoindex.map(store_chunk, chunks, str(file.file_path.path), IdGenerator(), table)


@cocoindex.fn
async def ingest(paths: list[str]) -> None:
    """Mount the table and every listed file."""
    schema = await postgres.TableSchema.from_class(StoredChunk, primary_key=["id"])
    table = await postgres.mount_table_target(POOL, _TABLE, schema)
    folder = Path(os.path.commonpath([str(Path(path).parent) for path in paths]))
    files = localfs.walk_dir(folder, recursive=True, path_matcher=_Listed(folder, paths))
    await cocoindex.mount_each(ingest_file, files.items(), table)


async def prepare(config: dict[str, Any]) -> Work:
    """Start the engine, whose state lies beside the result; it makes the table during the work."""
    _register(config)
    await cocoindex.start()
    app = cocoindex.App(cocoindex.AppConfig(name="benchmark"), ingest, paths=config["documents"])

    async def work() -> Result:
        update = app.update()
        await update
        await cocoindex.stop()
        stats = update.stats()
        failed = stats.total.num_errors if stats else 0
        errors = [f"{failed} parts failed"] if failed else []  # its own exit code would not tell
        return {**await _stored(config), "errors": errors, "note": "the state of CocoIndex lies outside Postgres"}

    return work


def _register(config: dict[str, Any]) -> None:
    @cocoindex.lifespan
    async def resources(builder: cocoindex.EnvironmentBuilder) -> AsyncIterator[None]:
        builder.settings.db_path = Path(config["result"] + ".cocoindex")
        async with asyncpg.create_pool(config["database_url"]) as pool, _session(config) as session:
            builder.provide(POOL, pool)
            builder.provide(EMBEDDER, Base64Embedder(session, config))
            yield


@asynccontextmanager
async def _session(config: dict[str, Any]) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {config['api_key']}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


async def _stored(config: dict[str, Any]) -> Result:
    connection = await asyncpg.connect(config["database_url"])
    try:
        chunks, documents = await connection.fetchrow(_COUNT)
    finally:
        await connection.close()
    return {"chunks": chunks, "documents": documents}


if __name__ == "__main__":
    take_part(prepare)
