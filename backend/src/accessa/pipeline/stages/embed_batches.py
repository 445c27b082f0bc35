"""embedding_in_progress → embeddings_stored: each batch is one paid call and one short transaction."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.outcome import Outcome, Waiting
from accessa.pipeline.services import Services
from accessa.providers.openai import Embeddings
from accessa.store import ledger, vectors
from accessa.store.chunks import select_texts
from accessa.store.ledger import PaidWork
from accessa.store.vector_wire import to_wire, vector_sha
from accessa.store.vectors import Batch, VectorRow

_SHARE_OF_STAGE = 0.8


async def embed_batches(job: Job, services: Services) -> Outcome:
    """Buy the batches that are still open, a few at a time; what one has bought is stored whatever befalls another."""
    open_batches = await vectors.select_open_batches(services.database, job.job_id)
    if not await _buy_all(job, services, open_batches):
        return Waiting(0)
    async with services.fenced(job) as effect:
        done = await vectors.count_vectors(effect.connection, job)
        return await effect.advance(Status.EMBEDDINGS_STORED, progress={"embeds_done": done})


async def _buy_all(job: Job, services: Services, open_batches: list[Batch]) -> bool:
    """Work through the list with several buyers; the first error stops new purchases, never one under way.

    False when time ran short before the end: a stage that is cut off by its limit would pay for its last batch in vain.
    """
    left = iter(open_batches)
    ends = time.monotonic() + services.settings.worker.stage_seconds * _SHARE_OF_STAGE
    unfinished = False
    errors: list[Exception] = []

    async def buy_on() -> None:
        nonlocal unfinished
        for batch in left:
            if errors or time.monotonic() > ends:
                unfinished = True
                return
            try:
                await _buy(job, services, batch)
            except Exception as error:  # noqa: BLE001 - kept for the caller, after the others have finished
                errors.append(error)

    await asyncio.gather(*(buy_on() for _ in range(services.settings.embed.batches_in_flight)))
    if errors:
        raise errors[0]
    return not unfinished


async def _buy(job: Job, services: Services, batch: Batch) -> None:
    chunks = await select_texts(services.database, job.require_set(), batch.chunk_ordinals)
    work = PaidWork(batch.call_key, services.embedder.name, "embed", job.embed_model, len(chunks))
    # The clock starts before the lease is renewed: a worker that sleeps through the renewal must not buy.
    clock = LeaseClock(services.settings.worker.lease_seconds)
    async with services.fenced(job) as effect:
        call_id = await ledger.intend(effect, work)
    clock.check()
    try:
        bought = await services.embedder.embed(
            [text for _, text in chunks], model=job.embed_model, dimensions=services.settings.embed.dimensions
        )
    except AccessaError as error:
        await ledger.note_failure(services.database, call_id, error.code)
        raise
    wires = await asyncio.to_thread(to_wire, bought.matrix)
    rows = [VectorRow(chunk, wire, vector_sha(wire)) for (chunk, _), wire in zip(chunks, wires, strict=True)]
    async with services.fenced(job) as effect:
        done = await vectors.store_batch(effect.connection, job, batch, rows)
        await ledger.record(effect, call_id, work, tokens=bought.tokens, cost_usd=_cost(bought, services))
        await effect.note_progress({"embeds_done": done})


def _cost(bought: Embeddings, services: Services) -> Decimal:
    return Decimal(bought.tokens) * Decimal(str(services.settings.embed.price_per_million_tokens_usd)) / 1_000_000
