"""The planned embedding requests of a job: named by their work alone, and cut in two where one is too large."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accessa.domain.batching import batches
from accessa.domain.errors import PermanentError
from accessa.domain.ids import call_key
from accessa.domain.job import Job
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.chunks import UnembeddedChunk, select_unembedded
from accessa.store.effects import Effect
from accessa.store.vectors import Batch


async def plan_missing(effect: Effect, services: Services) -> dict[str, int]:
    """Plan what has to be bought of the present provider and take known vectors over; return the job's progress."""
    job, connection, provider = effect.job, effect.connection, services.embedder.identity
    known = await vectors.copy_known_vectors(connection, job, provider)
    missing = await select_unembedded(connection, job.require_set(), job.embed_model, job.embed_version, provider)
    first = await vectors.next_batch_ordinal(connection, job.job_id)
    await vectors.insert_batches(connection, job.job_id, _plan(job, services, missing, first))
    if known:
        await effect.event("note", "VECTORS_REUSED", {"vectors": known})
    done = await vectors.count_vectors(connection, job, provider)
    return {"embeds_total": done + len(missing), "embeds_done": done}


def _plan(job: Job, services: Services, missing: list[UnembeddedChunk], first: int) -> list[Batch]:
    limits = services.settings.embed
    if too_long := next((chunk for chunk in missing if chunk.size_bytes > limits.input_tokens), None):
        raise PermanentError(
            "EMBED_INPUT_TOO_LONG",
            f"Passage {too_long.ordinal + 1} may be longer than EMBED_INPUT_TOKENS={limits.input_tokens} allows.",
        )
    groups = batches(
        missing,
        size_bytes=lambda chunk: chunk.size_bytes,
        max_items=limits.batch_inputs,
        max_tokens=limits.batch_tokens,
    )
    return [
        _planned_batch(job, ordinal, [(chunk.ordinal, chunk.chunk_id) for chunk in group])
        for ordinal, group in enumerate(groups, first)
    ]


def _planned_batch(job: Job, ordinal: int, chunks: Sequence[tuple[int, UUID]]) -> Batch:
    """Return the batch of these chunks (ordinal, id); its key is the same on every attempt.

    The ordinal is part of it: what is bought anew from another provider is another purchase.
    """
    names = (chunk for _, chunk in chunks)
    key = call_key("embed", job.job_id, ordinal, job.require_set(), job.embed_model, job.embed_version, *names)
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
        halves = [_planned_batch(job, first, pairs[:middle]), _planned_batch(job, first + 1, pairs[middle:])]
        await vectors.split_batch(effect.connection, job.job_id, batch, halves)
        await effect.event("note", "EMBED_BATCH_SPLIT", {"inputs": len(pairs)}, provider=services.embedder.identity)
    return halves
