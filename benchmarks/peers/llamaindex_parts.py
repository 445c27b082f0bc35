"""What both ways of LlamaIndex share: the transformations, the vector store and the runs over the documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from contract import Result
from document_batches import batches
from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import TransformComponent
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.vector_stores.postgres import PGVectorStore

_CHUNK_CHARACTERS = 1_000
_REQUESTS_IN_FLIGHT = 8


def database(config: dict[str, Any]) -> dict[str, Any]:
    """Return the database address in parts, as the constructors of LlamaIndex want it."""
    url = urlsplit(config["database_url"])
    return {
        "host": url.hostname,
        "port": str(url.port),
        "database": url.path.removeprefix("/"),
        "user": unquote(url.username or ""),
        "password": unquote(url.password or ""),
    }


def transformations(config: dict[str, Any]) -> list[TransformComponent]:
    """Return splitter and embedder."""
    splitter = SentenceSplitter(
        chunk_size=_CHUNK_CHARACTERS,
        chunk_overlap=0,
        tokenizer=str,  # favours the peer: lengths are counted in characters, no tokenizer runs
    )
    embedder = OpenAIEmbedding(
        model_name=config["model"],  # as `model` it takes OpenAI's own names only
        dimensions=config["dimensions"],
        api_base=config["embeddings_url"],
        api_key=config["api_key"],
        embed_batch_size=config["inputs_per_request"],
        num_workers=_REQUESTS_IN_FLIGHT,
    )
    return [splitter, embedder]


async def vector_store(config: dict[str, Any]) -> PGVectorStore:
    """Return the store with its table made."""
    store = PGVectorStore.from_params(**database(config), table_name="benchmark", embed_dim=config["dimensions"])
    await store.aget_nodes(node_ids=["none"])  # its first use makes the table
    return store


async def run(pipeline: IngestionPipeline, config: dict[str, Any]) -> Result:
    """Run the pipeline over batches of documents; the chunks are the nodes it stored."""
    stored = 0
    for paths in batches(config["documents"]):
        stored += len(await pipeline.arun(documents=list(_documents(paths))))
    return {"chunks": stored, "documents": len(config["documents"])}


def _documents(paths: list[str]) -> Iterator[Document]:
    for path in paths:
        yield Document(text=Path(path).read_text(encoding="utf-8"), id_=path)
