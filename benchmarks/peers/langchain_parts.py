"""What both ways of LangChain share: the embedding client, the store and the chunks of the documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_openai import OpenAIEmbeddings
from langchain_postgres import PGVector
from langchain_text_splitters import RecursiveCharacterTextSplitter

CHUNK_CHARACTERS = 1_000


def async_url(config: dict[str, Any]) -> str:
    """Return the database address as SQLAlchemy wants it for psycopg, the documented driver of PGVector."""
    return "postgresql+psycopg" + str(config["database_url"]).removeprefix("postgresql")


async def store(config: dict[str, Any]) -> PGVector:
    """Return the vector store with its tables made; vectors have `dimensions` numbers."""
    embeddings = OpenAIEmbeddings(
        model=config["model"],
        base_url=config["embeddings_url"],
        api_key=config["api_key"],
        dimensions=config["dimensions"],
        chunk_size=config["inputs_per_request"],
        check_embedding_ctx_length=False,  # favours the peer: no token is counted
    )
    vectors = PGVector(
        embeddings,
        connection=async_url(config),
        embedding_length=config["dimensions"],
        collection_name="benchmark",
        async_mode=True,
        create_extension=False,
    )
    await vectors.acreate_tables_if_not_exists()
    await vectors.acreate_collection()
    return vectors


def chunks(paths: list[str]) -> Iterator[Document]:
    """Yield the chunks of all documents, each with its path as `source`, read as they are needed."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARACTERS, chunk_overlap=0)
    for path in paths:
        for text in splitter.split_text(Path(path).read_text(encoding="utf-8")):
            yield Document(text, metadata={"source": path})
