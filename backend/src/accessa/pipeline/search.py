"""Search over the complete documents of one user."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accessa.domain.errors import UsageError
from accessa.pipeline.services import Services
from accessa.store.search import count_documents, nearest_chunks
from accessa.store.vector_wire import to_wire

_LONGEST_QUERY = 4000


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage; `score` is the cosine similarity (1 is best), `heading` the path of headings above it."""

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
    """Return the passages of the user's complete documents that are nearest to the query."""
    text = query.replace("\x00", " ").encode("utf-8", "ignore").decode().strip()[:_LONGEST_QUERY]
    if not text:
        raise UsageError("QUERY_EMPTY")
    embed = services.settings.embed
    searched, skipped = await count_documents(services.database, user_id, model=embed.model, version=embed.version)
    if not searched:
        return Found([], 0, skipped)
    embedded = await services.embedder.embed([text], model=embed.model, dimensions=embed.dimensions)
    rows = await nearest_chunks(
        services.database,
        user_id,
        to_wire(embedded.matrix)[0],
        model=embed.model,
        version=embed.version,
        limit=limit,
    )
    return Found([_hit(dict(row)) for row in rows], searched, skipped)


def _hit(row: dict[str, object]) -> Hit:
    meta = row.pop("meta")
    assert isinstance(meta, dict)  # noqa: S101 - the column is a JSON object
    headings = meta.get("headings") or []
    return Hit(**row, page=meta.get("page"), heading=" > ".join(headings) or None)  # type: ignore[arg-type]
