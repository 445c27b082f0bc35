"""Buying and storing the vectors of one planned batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from accessa.domain.batching import BYTES_PER_TOKEN
from accessa.domain.errors import AccessaError, RequestTooLargeError
from accessa.domain.job import Job
from accessa.domain.prices import Price, token_price
from accessa.failpoints import failpoint
from accessa.pipeline.embedding_plan import split_batch
from accessa.pipeline.finishing import finished
from accessa.pipeline.purchase import intend_purchase
from accessa.pipeline.services import Services
from accessa.providers.openai import Embeddings
from accessa.store import ledger, vectors
from accessa.store.chunks import select_texts
from accessa.store.effects import Effect
from accessa.store.ledger import PaidWork
from accessa.store.vector_wire import to_wire, vector_sha
from accessa.store.vectors import Batch, VectorRow


async def buy_batch(job: Job, services: Services, batch: Batch) -> list[Batch]:
    """Buy one batch in one call and store it in one transaction.

    Returns nothing more to buy, or the halves of a batch that the provider finds too large.
    """
    chunks = await select_texts(services.database, job.require_set(), batch.chunk_ordinals)
    texts = [text for _, text in chunks]
    estimate = sum(len(text.encode()) for text in texts) // BYTES_PER_TOKEN + len(texts)
    work = work_of(job, services, batch, tokens=estimate)
    failpoint("embed.before_intent")
    call_id = await intend_purchase(job, services, services.embed_gate, work, tokens=estimate)
    try:
        async with services.embed_gate.watched():
            bought = await services.embedder.embed(
                texts, model=job.embed_model, dimensions=services.settings.embed.dimensions
            )
    except AccessaError as error:
        await ledger.note_failure(services.database, call_id, error)
        if isinstance(error, RequestTooLargeError):
            return await split_batch(job, services, batch, [chunk for chunk, _ in chunks])
        raise
    failpoint("embed.after_call_before_commit")

    async def keep() -> None:
        rows = await vector_rows([chunk for chunk, _ in chunks], bought)

        async def store(effect: Effect) -> None:
            await store_bought(effect, services, batch, rows, bought, call_id=call_id)
            unused = max(0, estimate - bought.tokens)
            await services.embed_gate.succeeded(effect.connection, bought.limits, tokens_unused=unused)
            failpoint("embed.before_commit")

        await services.effect(job, store, paid=True)

    await finished(keep())
    failpoint("embed.after_commit")
    return []


def work_of(job: Job, services: Services, batch: Batch, *, tokens: int = 0) -> PaidWork:
    """Return what a batch buys, at the price of the job's lane, with the `tokens` that are expected."""
    inputs = len(batch.chunk_ordinals)
    identity = services.embedder.identity
    return PaidWork(batch.call_key, identity, "embed", job.embed_model, inputs, _price(job, services), tokens)


def _price(job: Job, services: Services) -> Price:
    embed = services.settings.embed
    factor = embed.bulk_price_factor if job.lane == "bulk" else 1.0
    return token_price(job.embed_model, own_price=embed.price_per_million_tokens_usd, factor=factor)


async def vector_rows(chunks: Sequence[UUID], bought: Embeddings) -> list[VectorRow]:
    """Return the rows that bought vectors make for their chunks, in order."""
    wires = await asyncio.to_thread(to_wire, bought.matrix)
    return [VectorRow(chunk, wire, vector_sha(wire)) for chunk, wire in zip(chunks, wires, strict=True)]


async def store_bought(
    effect: Effect,
    services: Services,
    batch: Batch,
    rows: Sequence[VectorRow],
    bought: Embeddings,
    *,
    call_id: int,
) -> None:
    """Store a batch's vectors, tick it off, and record what it cost, all in the caller's transaction."""
    job = effect.job
    done = await vectors.store_batch(effect.connection, job, batch, rows, services.embedder.identity)
    work = work_of(job, services, batch)
    await ledger.record(effect, call_id, work, tokens=bought.tokens, billed_units=bought.tokens)
    await effect.note_progress({"embeds_done": done})
