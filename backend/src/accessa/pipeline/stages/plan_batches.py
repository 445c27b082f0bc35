"""chunks_stored → embedding_queued: known vectors are taken over, the rest is planned in batches."""

from __future__ import annotations

from accessa.domain.batching import batches
from accessa.domain.ids import call_key
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.chunks import UnembeddedChunk, select_unembedded
from accessa.store.vectors import Batch


async def plan_batches(job: Job, services: Services) -> Outcome:
    """Plan only what has to be bought: chunks whose text this user has paid for take the vector they have."""
    async with services.fenced(job) as effect:
        known = await vectors.copy_known_vectors(effect.connection, job)
        missing = await select_unembedded(effect.connection, job.require_set(), job.embed_model, job.embed_version)
        await vectors.insert_batches(effect.connection, job.job_id, _plan(job, services, missing))
        if known:
            await effect.event("note", "VECTORS_REUSED", {"vectors": known})
        done = await vectors.count_vectors(effect.connection, job)
        progress = {"embeds_total": done + len(missing), "embeds_done": done}
        return await effect.advance(Status.EMBEDDING_QUEUED, progress=progress)


def _plan(job: Job, services: Services, missing: list[UnembeddedChunk]) -> list[Batch]:
    limits = services.settings.embed
    groups = batches(
        missing,
        size_bytes=lambda chunk: chunk.size_bytes,
        max_items=limits.batch_inputs,
        max_tokens=limits.batch_tokens,
    )
    return [_batch(job, ordinal, group) for ordinal, group in enumerate(groups)]


def _batch(job: Job, ordinal: int, group: list[UnembeddedChunk]) -> Batch:
    names = (chunk.chunk_id for chunk in group)
    key = call_key("embed", job.job_id, job.require_set(), job.embed_model, job.embed_version, *names)
    return Batch(ordinal, tuple(chunk.ordinal for chunk in group), key)
