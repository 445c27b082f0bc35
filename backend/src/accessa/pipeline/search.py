"""Search over the complete documents of one user."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.domain.batching import BYTES_PER_TOKEN
from accessa.domain.errors import UsageError
from accessa.domain.passage_ranking import Candidate, Ranked, rank
from accessa.pipeline.services import Services
from accessa.store.search import Question, count_documents, nearest_chunks
from accessa.store.search_index import VectorKind

_LONGEST_QUERY = 4000
# A rate limit that an ingest has used up for a moment is no reason to refuse a question.
_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage: `score` of at most 1, the page that answers best, `heading` the path of headings above it."""

    score: float
    document_id: UUID
    chunk_id: UUID
    filename: str
    page: int | None
    heading: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The hits, best first, and how many documents were searched or have vectors of another model."""

    results: list[Hit]
    documents_searched: int
    documents_skipped: int


async def search(services: Services, user_id: UUID, query: str, limit: int) -> Found:
    """Return the passages of the user's complete documents that answer the query best, by meaning and by words."""
    text = query.replace("\x00", " ").encode("utf-8", "ignore").decode().strip()[:_LONGEST_QUERY]
    if not text:
        raise UsageError("QUERY_EMPTY")
    embed = services.settings.embed
    kind = VectorKind(embed.model, embed.version, services.embedder.identity, embed.dimensions)
    searched, skipped = await count_documents(services.database, user_id, kind)
    if not searched:
        return Found([], 0, skipped)
    async with services.embed_gate.call(tokens=len(text) // BYTES_PER_TOKEN + 1, patience_seconds=_PATIENCE_SECONDS):
        embedded = await services.embedder.embed([text], model=embed.model, dimensions=embed.dimensions)
    question = Question(user_id, embedded.wires[0], kind, max(limit, services.settings.search.candidates))
    through_index = services.settings.search.index == "auto"
    rows = await nearest_chunks(services.database, question, through_index=through_index)
    candidates = [_candidate(row) for row in rows]
    weight = services.settings.search.word_weight
    best = await asyncio.to_thread(rank, text, candidates, word_weight=weight, limit=limit)
    return Found([_hit(rows[ranked.place], ranked) for ranked in best], searched, skipped)


def _candidate(row: Mapping[str, Any]) -> Candidate:
    meta = row["meta"]
    return Candidate(row["similarity"], row["text"], meta.get("page"), meta.get("page_breaks", ()))


def _hit(row: Mapping[str, Any], ranked: Ranked) -> Hit:
    heading = " > ".join(row["meta"].get("headings") or []) or None
    names = ("document_id", "chunk_id", "filename", "text")
    return Hit(score=ranked.score, page=ranked.page, heading=heading, **{name: row[name] for name in names})
