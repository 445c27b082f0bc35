"""Takes the answers of a bulk order in: joined to their batches by key, checked, and stored one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.embedding_plan import split_batch
from accessa.pipeline.embedding_purchase import PaidBatch, count_bill, store_bought, vector_rows
from accessa.pipeline.services import Services
from accessa.providers.openai import read_embeddings
from accessa.providers.openai_batches import BatchState
from accessa.providers.openai_errors import error_fields, is_too_large
from accessa.store import ledger
from accessa.store.chunks import select_texts
from accessa.store.effects import SharedEffect
from accessa.store.vectors import Batch, BoughtBatch


async def store_answers(job: Job, services: Services, state: BatchState, ordered: Sequence[Batch]) -> str | None:
    """Store every answer of an order that has ended; return what is wrong with the rest of the `ordered` batches.

    A refused batch stays open, cut in two where it was too large. An answer that comes twice, or that no open batch has
    asked for, is left alone.
    """
    waiting = {batch.call_key: batch for batch in ordered}
    refused: list[str] = []
    for file_id in (state.output_file_id, state.error_file_id):
        if file_id is None:
            continue
        async with services.embed_gate.watched():
            async for answer in services.embedder.answer_lines(file_id):
                batch = waiting.pop(str(answer.get("custom_id")), None)
                if batch is not None and (words := await _take_in(job, services, batch, answer)):
                    refused.append(words)
    if refused:
        return f"{len(refused)} requests refused, the first: {refused[0]}"
    return f"{len(waiting)} of {len(ordered)} requests without an answer" if waiting else None


async def _take_in(job: Job, services: Services, batch: Batch, answer: dict[str, Any]) -> str | None:
    """Store one answer; return the provider's words when it is a refusal."""
    chunks = await select_texts(services.database, job.require_set(), batch.chunk_ordinals)
    names = [chunk for chunk, _ in chunks]
    response = answer.get("response") or {}
    status, body = response.get("status_code"), response.get("body") or {}
    if status != httpx.codes.OK:
        error = error_fields(body) or error_fields(answer)
        async with services.fenced(job) as effect:
            await ledger.note_refusal(
                effect, await ledger.find_intent(effect, job.job_id, batch.call_key), "EMBED_REFUSED"
            )
        if isinstance(status, int) and is_too_large(status, error):
            await split_batch(job, services, batch, names)
            return None
        return f"{status} {error.get('code') or error.get('type') or ''}"
    try:
        bought = read_embeddings(body, len(names), services.settings.embed.dimensions)
    except AccessaError as error:
        return f"{error.code} {error.provider_body or ''}"
    rows = vector_rows(names, bought)
    failpoint("bulk.after_answer_before_commit")

    async def store(effect: SharedEffect) -> None:
        call_id = await ledger.find_intent(effect, job.job_id, batch.call_key)
        paid = PaidBatch(BoughtBatch(job, batch, rows), call_id)
        await store_bought(effect, services, [paid], tokens=bought.tokens)

    await services.shared_effect([job], store, paid=True)
    count_bill(services, job, bought.tokens)
    failpoint("bulk.after_answer_commit")
    return None
