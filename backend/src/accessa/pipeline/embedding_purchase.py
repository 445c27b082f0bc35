"""What a planned batch buys, and how its vectors are stored once they are bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accessa.domain.batching import shared_out
from accessa.domain.job import Job
from accessa.domain.prices import Price, token_price
from accessa.pipeline.services import Services
from accessa.providers.openai import Embeddings
from accessa.store import ledger, vectors
from accessa.store.effects import SharedEffect
from accessa.store.ledger import Bill, PaidWork, Purchase
from accessa.store.vectors import Batch, BoughtBatch, VectorRow
from accessa.telemetry.metrics import PROVIDER_COST, PROVIDER_TOKENS


def work_of(job: Job, services: Services, batch: Batch, *, tokens: int = 0) -> PaidWork:
    """Return what a batch buys, at the price of the job's lane, with the `tokens` that are expected."""
    inputs = len(batch.chunk_ordinals)
    identity = services.embedder.identity
    return PaidWork(batch.call_key, identity, "embed", job.embed_model, inputs, _price(job, services), tokens)


def _price(job: Job, services: Services) -> Price:
    embed = services.settings.embed
    factor = embed.bulk_price_factor if job.lane == "bulk" else 1.0
    return token_price(job.embed_model, own_price=embed.price_per_million_tokens_usd, factor=factor)


def vector_rows(chunks: Sequence[UUID], bought: Embeddings) -> list[VectorRow]:
    """Return the rows that bought vectors make for their chunks, in order."""
    return [VectorRow(*row) for row in zip(chunks, bought.wires, bought.shas, strict=True)]


@dataclass(frozen=True, slots=True)
class PaidBatch:
    """A bought batch with the number of its ledger row, and its weight in the call that it shared."""

    bought: BoughtBatch
    call_id: int
    weight: int = 1


async def store_bought(effect: SharedEffect, services: Services, batches: Sequence[PaidBatch], *, tokens: int) -> None:
    """Store the vectors of batches, tick them off, and record what they cost, all in the caller's transaction.

    `tokens` were billed for the whole call; each batch is charged with its share of them by weight. What belongs to a
    job that was lost meanwhile is left out.
    """
    shares = shared_out(tokens, [paid.weight for paid in batches])
    held = [(paid, share) for paid, share in zip(batches, shares, strict=True) if paid.bought.job.job_id in effect.jobs]
    bought = [paid.bought for paid, _ in held]
    # What is bought was missing by the plan; after a change of the provider there may be another's in its place.
    replacing = effect.conflicts > 0
    await vectors.store_batches(effect.connection, bought, services.embedder.identity, replacing=replacing)
    await ledger.record_all(effect, [_bill(services, paid, share) for paid, share in held])


def count_bill(services: Services, job: Job, tokens: int) -> None:
    """Count the tokens that were billed for a call, at the price of the job's lane; for after they are recorded."""
    provider = services.embedder.identity
    PROVIDER_TOKENS.labels(provider).inc(tokens)
    PROVIDER_COST.labels(provider, "embed").inc(float(_price(job, services).cost(tokens)))


def _bill(services: Services, paid: PaidBatch, tokens: int) -> Bill:
    job = paid.bought.job
    return Bill(Purchase(job, work_of(job, services, paid.bought.batch)), paid.call_id, tokens, tokens)
