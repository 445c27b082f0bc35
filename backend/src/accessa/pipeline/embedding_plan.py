"""The planned embedding requests of a job: named by their work alone, and cut in two where one is too large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from accessa.domain.batching import batches
from accessa.domain.errors import PermanentError
from accessa.domain.ids import call_key
from accessa.domain.job import Job
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.chunks import ChunkRow, UnembeddedChunk, select_unembedded
from accessa.store.effects import Event, Facts, SharedEffect
from accessa.store.vectors import Batch


@dataclass(frozen=True, slots=True)
class Planned:
    """The batches that a job still has to buy, and what its progress is by then."""

    batches: Sequence[Batch]
    facts: Facts


async def plan_missing(
    effect: SharedEffect,
    services: Services,
    jobs: Sequence[Job],
    at_hand: Mapping[UUID, Sequence[ChunkRow]] | None = None,
) -> dict[UUID, Planned | PermanentError]:
    """Plan what has to be bought of the present provider, and take known vectors over.

    The rows `at_hand` are all that a job's set has. A job with a text that nobody embeds gets the error that says so,
    and no plan.
    """
    connection, provider = effect.connection, services.embedder.identity
    known = await vectors.copy_known_vectors(connection, jobs, provider)
    done = await vectors.count_vectors(connection, jobs, provider)
    missing = {
        job.job_id: [UnembeddedChunk(row.ordinal, row.chunk_id, len(row.text.encode())) for row in at_hand[job.job_id]]
        for job in jobs
        if at_hand and job.job_id in at_hand and not done[job.job_id]
    }
    if asked := [job for job in jobs if job.job_id not in missing]:
        missing |= await select_unembedded(connection, asked, provider)
    first = await vectors.next_batch_ordinals(connection, [job.job_id for job in jobs])
    plans: dict[UUID, Planned | PermanentError] = {}
    for job in jobs:
        lacking, counted = missing[job.job_id], done[job.job_id]
        facts = Facts({"embeds_total": counted + len(lacking), "embeds_done": counted})
        try:
            plans[job.job_id] = Planned(_plan(job, services, lacking, first[job.job_id]), facts)
        except PermanentError as error:
            plans[job.job_id] = error
    await vectors.insert_batches(
        connection, {job_id: plan.batches for job_id, plan in plans.items() if isinstance(plan, Planned)}
    )
    reused = [(job, known[job.require_set()]) for job in jobs if known.get(job.require_set())]
    await effect.note([Event(job, "note", "VECTORS_REUSED", {"vectors": many}) for job, many in reused])
    return plans


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
        first = (await vectors.next_batch_ordinals(effect.connection, [job.job_id]))[job.job_id]
        halves = [_planned_batch(job, first, pairs[:middle]), _planned_batch(job, first + 1, pairs[middle:])]
        await vectors.split_batch(effect.connection, job.job_id, batch, halves)
        await effect.event("note", "EMBED_BATCH_SPLIT", {"inputs": len(pairs)}, provider=services.embedder.identity)
    return halves
