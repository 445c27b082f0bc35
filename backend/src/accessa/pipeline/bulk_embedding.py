"""The bulk lane: the open batches of a job go to the provider in one order at a lower price, which is waited for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import orjson

from accessa.domain.batching import BYTES_PER_TOKEN
from accessa.domain.errors import AccessaError, RecoverableError, TransientError
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.budgets import require_room
from accessa.pipeline.bulk_answers import store_answers
from accessa.pipeline.embedding_purchase import work_of
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.outcome import Waiting
from accessa.pipeline.services import Services
from accessa.providers.openai import CODES, embedding_body
from accessa.providers.openai_batches import MOST_BYTES, MOST_INPUTS, MOST_LINES, BatchState
from accessa.store import ledger, provider_batches
from accessa.store.chunks import select_texts
from accessa.store.ledger import PaidWork, Purchase
from accessa.store.provider_batches import Order
from accessa.store.vectors import Batch
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_LONGEST_ORDER_SECONDS = 26 * 3600.0
_LONGEST_CANCEL_SECONDS = 2 * 3600.0
# The provider's queue is full, or its word for it: the order was right and is worth another try later.
_QUEUE_FULL = {"token_limit_exceeded", "rate_limit_exceeded", "request_limit_exceeded"}


async def embed_in_bulk(job: Job, services: Services, open_batches: Sequence[Batch]) -> Waiting | None:
    """Go one step with the job's order: write it down, send it, look at it, or store its answers; None at the end."""
    order = await provider_batches.find_open_order(services.database, job.job_id)
    if order is not None and order.provider != services.embedder.identity:
        await _end(job, services, order, "cancelled")
        order = None
    if order is None:
        if not open_batches:
            return None
        order = await _write_down(job, services, open_batches)
    if order.provider_batch_id is None:
        await _send(job, services, order, open_batches)
        return Waiting(services.settings.embed.bulk_poll_seconds)
    return await _look(job, services, order, order.provider_batch_id, open_batches)


async def _write_down(job: Job, services: Services, open_batches: Sequence[Batch]) -> Order:
    """Write the order and the intent of each of its batches down before anything of it is sent."""
    works = await _first_that_fit(job, services, open_batches)
    failpoint("bulk.before_intent")
    async with services.fenced(job) as effect:
        estimates = [work.estimated_usd for work in works]
        affordable = await require_room(effect.connection, job, services.settings.budget, estimates)
        ordinals = tuple(batch.ordinal for batch in open_batches[:affordable])
        order = Order(uuid4(), services.embedder.identity, ordinals, None, None, polls=0, age_seconds=0.0)
        await provider_batches.open_order(effect.connection, order.batch_id, job.job_id, order.provider, ordinals)
        await ledger.intend_all(effect, [Purchase(job, work) for work in works[:affordable]])
    failpoint("bulk.after_intent_before_upload")
    return order


async def _first_that_fit(job: Job, services: Services, open_batches: Sequence[Batch]) -> list[PaidWork]:
    """Return what the first batches buy, as many of them as one order may hold."""
    taken: list[PaidWork] = []
    inputs = size = 0
    for batch in open_batches[:MOST_LINES]:
        inputs += len(batch.chunk_ordinals)
        line = await _line(job, services, batch)
        size += len(line)
        if taken and (inputs > MOST_INPUTS or size > MOST_BYTES):
            break
        taken.append(work_of(job, services, batch, tokens=len(line) // BYTES_PER_TOKEN))
    return taken


async def _line(job: Job, services: Services, batch: Batch) -> bytes:
    chunks = await select_texts(services.database, job.require_set(), batch.chunk_ordinals)
    body = embedding_body(
        [text for _, text in chunks], model=job.embed_model, dimensions=services.settings.embed.dimensions
    )
    request = {"custom_id": batch.call_key, "method": "POST", "url": "/v1/embeddings", "body": body}
    return orjson.dumps(request) + b"\n"


async def _send(job: Job, services: Services, order: Order, open_batches: Sequence[Batch]) -> None:
    """Upload the requests and order the batch; one that was ordered before a crash is found again."""
    embedder, gate, key = services.embedder, services.embed_gate, order.key
    file_id = order.input_file_id
    if file_id is None:
        async with gate.call():
            # Whoever wrote the order down may have died after the upload: the text of the document lies there once.
            known = await embedder.find_file(key) if order.age_seconds else None
            file_id = known or await _upload(job, services, order, open_batches)
        failpoint("bulk.after_upload_before_commit")
        async with services.fenced(job) as effect:
            await provider_batches.keep_order_file(effect.connection, order.batch_id, file_id)
        failpoint("bulk.after_file_kept_before_order")
        found = None
    else:
        async with gate.call():
            found = await embedder.find_batch(key, since=order.known_since)
    if found is None:
        services.check_staying()
        clock = LeaseClock(services.settings.worker.lease_seconds)
        async with services.fenced(job) as effect:
            await gate.enter(effect.connection)
        clock.check()
        async with gate.watched():
            found = await embedder.create_batch(file_id, key=key)
        failpoint("bulk.after_order_before_commit")
    async with services.fenced(job) as effect:
        await provider_batches.keep_order_batch(effect.connection, order.batch_id, found)
        await gate.succeeded(effect.connection)
        payload = {"order": key, "provider_batch_id": found, "requests": len(order.batch_ords)}
        await effect.event("note", "EMBED_ORDERED", payload, provider=embedder.identity)
    failpoint("bulk.after_commit")


async def _upload(job: Job, services: Services, order: Order, open_batches: Sequence[Batch]) -> str:
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        path = Path(folder) / "requests.jsonl"
        with path.open("wb") as file:
            for batch in open_batches:
                if batch.ordinal in order.batch_ords:
                    file.write(await _line(job, services, batch))
        return await services.embedder.upload_requests(path, key=order.key)


async def _look(
    job: Job, services: Services, order: Order, provider_batch_id: str, open_batches: Sequence[Batch]
) -> Waiting:
    async with services.fenced(job) as effect:
        await provider_batches.note_order_poll(effect.connection, order.batch_id)
    with _outages_waited_out():
        async with services.embed_gate.call():
            state = await services.embedder.look_at_batch(provider_batch_id)
    if state.outcome is None:
        return await _wait_on(job, services, order, provider_batch_id)
    ordered = [batch for batch in open_batches if batch.ordinal in order.batch_ords]
    with _outages_waited_out():
        problem = await store_answers(job, services, state, ordered)
    failpoint("bulk.before_end")
    await _end(job, services, order, state.outcome)
    failpoint("bulk.after_end")
    await _tidy_up(job, services, order, state)
    _raise_for(state, problem)
    return Waiting(0)


@contextmanager
def _outages_waited_out() -> Iterator[None]:
    """Let no outage use up an attempt: a job that ended over it would leave an order behind that is paid for."""
    try:
        yield
    except TransientError as error:
        if error.code != CODES.unavailable:
            raise
        raise RecoverableError(
            error.code,
            provider_status=error.provider_status,
            provider_body=error.provider_body,
            retry_after_seconds=error.retry_after_seconds,
        ) from None


async def _wait_on(job: Job, services: Services, order: Order, provider_batch_id: str) -> Waiting:
    if order.age_seconds > _LONGEST_ORDER_SECONDS:
        # What it has finished by then is billed: the end of the cancelling brings the answers, if it comes at all.
        async with services.embed_gate.call():
            await services.embedder.cancel_batch(provider_batch_id)
        if order.age_seconds > _LONGEST_ORDER_SECONDS + _LONGEST_CANCEL_SECONDS:
            await _end(job, services, order, "expired")
            raise TransientError("EMBED_BATCH_FAILED", "The order of the bulk lane did not end within its day.")
        return Waiting(services.settings.embed.bulk_poll_seconds)
    embed = services.settings.embed
    return Waiting(min(embed.bulk_poll_seconds * 2.0 ** min(order.polls, 16), embed.bulk_poll_max_seconds))


async def _end(job: Job, services: Services, order: Order, outcome: str) -> None:
    async with services.fenced(job) as effect:
        await provider_batches.end_order(effect.connection, order.batch_id, outcome)
        await effect.event(
            "note", "EMBED_ORDER_ENDED", {"order": order.key, "outcome": outcome}, provider=order.provider
        )


async def _tidy_up(job: Job, services: Services, order: Order, state: BatchState) -> None:
    """Delete the order's files at the provider; one with the document's text that resists is left to its deletion."""
    for file_id in filter(None, (state.output_file_id, state.error_file_id, order.input_file_id)):
        try:
            await services.embedder.delete_file(file_id)
        except AccessaError as error:
            log.warning("A file of an order could not be deleted at the provider", code=error.code)
        else:
            if file_id == order.input_file_id:
                async with services.fenced(job) as effect:
                    await provider_batches.keep_order_file(effect.connection, order.batch_id, None)


def _raise_for(state: BatchState, problem: str | None) -> None:
    """Count an attempt where an order ended without all of its answers; what it did bring is stored by now."""
    if state.outcome == "completed" and problem is None:
        return
    words = " ".join(filter(None, (state.outcome, state.failure_code, state.failure_words, problem)))
    if state.failure_code in _QUEUE_FULL:
        raise RecoverableError("EMBED_RATE_LIMITED", provider_body=words)
    raise TransientError("EMBED_BATCH_FAILED", provider_body=words)
