"""Haystack: one `Pipeline` from the file to `PgvectorDocumentStore`."""

from __future__ import annotations

import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"  # read when haystack is imported

from typing import Any

from contract import Result, Work, take_part
from document_batches import batches
from haystack import Pipeline
from haystack.components.converters import TextFileToDocument
from haystack.components.embedders import OpenAIDocumentEmbedder
from haystack.components.preprocessors import RecursiveDocumentSplitter
from haystack.components.writers import DocumentWriter
from haystack.document_stores.types import DuplicatePolicy
from haystack.utils import Secret
from haystack_integrations.document_stores.pgvector import PgvectorDocumentStore

_CHUNK_CHARACTERS = 1_000


async def prepare(config: dict[str, Any]) -> Work:
    """Build the pipeline and make the table; the work runs it over batches of documents."""
    pipeline = _pipeline(config)
    pipeline.warm_up()

    async def work() -> Result:
        stored = 0
        for paths in batches(config["documents"]):
            answer = pipeline.run({"converter": {"sources": paths}})
            stored += answer["writer"]["documents_written"]
        return {"chunks": stored, "documents": len(config["documents"])}

    return work


def _pipeline(config: dict[str, Any]) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("converter", TextFileToDocument())
    pipeline.add_component("splitter", _splitter())
    pipeline.add_component("embedder", _embedder(config))
    pipeline.add_component("writer", DocumentWriter(_store(config), policy=DuplicatePolicy.SKIP))
    pipeline.connect("converter", "splitter")
    pipeline.connect("splitter", "embedder")
    pipeline.connect("embedder", "writer")
    return pipeline


def _splitter() -> RecursiveDocumentSplitter:
    return RecursiveDocumentSplitter(
        split_length=_CHUNK_CHARACTERS,
        split_unit="char",
        separators=["\n\n", "\n", " "],  # favours the peer: its default also looks for sentences with NLTK
    )


def _embedder(config: dict[str, Any]) -> OpenAIDocumentEmbedder:
    return OpenAIDocumentEmbedder(
        api_key=Secret.from_token(config["api_key"]),
        model=config["model"],
        dimensions=config["dimensions"],
        api_base_url=config["embeddings_url"],
        batch_size=config["inputs_per_request"],
        progress_bar=False,
        raise_on_failure=True,
    )


def _store(config: dict[str, Any]) -> PgvectorDocumentStore:
    store = PgvectorDocumentStore(
        connection_string=Secret.from_token(config["database_url"]),
        create_extension=False,
        embedding_dimension=config["dimensions"],
    )
    store.count_documents()  # connects and makes the table
    return store


if __name__ == "__main__":
    take_part(prepare)
