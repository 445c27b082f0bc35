"""chunks_stored → embedding_queued: known vectors are taken over, the rest is planned in batches."""

from __future__ import annotations

from accessa.domain.batching import batches
from accessa.domain.errors import PermanentError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.embedding_plan import planned_batch
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.chunks import UnembeddedChunk, select_unembedded
from accessa.store.vectors import Batch


async def plan_batches(job: Job, services: Services) -> Outcome:
    """Plan only what has to be bought: chunks whose text this user has paid for take the vector they have."""
    provider = services.embedder.identity
    async with services.fenced(job) as effect:
        known = await vectors.copy_known_vectors(effect.connection, job, provider)
        missing = await select_unembedded(
            effect.connection, job.require_set(), job.embed_model, job.embed_version, provider
        )
        await vectors.insert_batches(effect.connection, job.job_id, _plan(job, services, missing))
        if known:
            await effect.event("note", "VECTORS_REUSED", {"vectors": known})
        done = await vectors.count_vectors(effect.connection, job, provider)
        progress = {"embeds_total": done + len(missing), "embeds_done": done}
        return await effect.advance(Status.EMBEDDING_QUEUED, progress=progress)


def _plan(job: Job, services: Services, missing: list[UnembeddedChunk]) -> list[Batch]:
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
        planned_batch(job, ordinal, [(chunk.ordinal, chunk.chunk_id) for chunk in group])
        for ordinal, group in enumerate(groups)
    ]
