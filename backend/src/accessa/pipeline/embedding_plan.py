"""The planned embedding requests of a job: named by their work alone, and cut in two where one is too large."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accessa.domain.errors import PermanentError
from accessa.domain.ids import call_key
from accessa.domain.job import Job
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.vectors import Batch


def planned_batch(job: Job, ordinal: int, chunks: Sequence[tuple[int, UUID]]) -> Batch:
    """Return the batch of these chunks (ordinal, id); its key is the same on every attempt."""
    names = (chunk for _, chunk in chunks)
    key = call_key("embed", job.job_id, job.require_set(), job.embed_model, job.embed_version, *names)
    return Batch(ordinal, tuple(ordinal for ordinal, _ in chunks), key)


async def split_batch(job: Job, services: Services, batch: Batch, chunks: Sequence[UUID]) -> list[Batch]:
    """Cut a batch (its chunks' ids in order) that the provider finds too large in two, and return the halves.

    Raises `PermanentError` EMBED_INPUT_TOO_LONG when a single text is what is too large.
    """
    if len(chunks) == 1:
        raise PermanentError(
            "EMBED_INPUT_TOO_LONG",
            f"Passage {batch.chunk_ordinals[0] + 1} of the document is longer than the embedding model takes.",
        )
    pairs = list(zip(batch.chunk_ordinals, chunks, strict=True))
    middle = len(pairs) // 2
    async with services.fenced(job) as effect:
        first = await vectors.next_batch_ordinal(effect.connection, job.job_id)
        halves = [planned_batch(job, first, pairs[:middle]), planned_batch(job, first + 1, pairs[middle:])]
        await vectors.split_batch(effect.connection, job.job_id, batch, halves)
        await effect.event("note", "EMBED_BATCH_SPLIT", {"inputs": len(pairs)}, provider=services.embedder.identity)
    return halves
