"""Chunkers: how normalised text becomes the passages that are embedded and found."""

from __future__ import annotations

from accessa.domain.chunking.chunk import Chunk
from accessa.domain.chunking.in_parts import chunk_parts
from accessa.domain.chunking.markdown_simple import CHUNKER_NAME, CHUNKER_VERSION, LARGEST_CHUNK, chunk_text

__all__ = ["CHUNKER_NAME", "CHUNKER_VERSION", "LARGEST_CHUNK", "Chunk", "chunk_parts", "chunk_text"]
