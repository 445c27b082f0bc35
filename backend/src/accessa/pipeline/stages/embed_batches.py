"""embedding_in_progress → embeddings_stored: each batch is one paid call and one short transaction."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.bulk_embedding import embed_in_bulk
from accessa.pipeline.embedding_plan import plan_missing
from accessa.pipeline.embedding_purchase import buy_batch
from accessa.pipeline.outcome import Outcome, Waiting
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.vectors import Batch

_SHARE_OF_STAGE = 0.8


async def embed_batches(job: Job, services: Services) -> Outcome:
    """Buy the batches that are still open: call by call, or in the bulk lane all in one order that is waited for."""
    open_batches = await vectors.select_open_batches(services.database, job.job_id)
    if job.lane == "bulk":
        if waiting := await embed_in_bulk(job, services, open_batches):
            return waiting
    elif not await _buy_all(job, services, open_batches):
        return Waiting(0)
    async with services.fenced(job) as effect:
        done = await vectors.count_vectors(effect.connection, job, services.embedder.identity)
        if done < int(job.progress.get("embeds_total", 0)):
            # The provider changed on the way: what the former one made cannot stand beside vectors of this one.
            await effect.note_progress(await plan_missing(effect, services))
            return Waiting(0)
        return await effect.advance(Status.EMBEDDINGS_STORED, progress={"embeds_done": done})


async def _buy_all(job: Job, services: Services, open_batches: list[Batch]) -> bool:
    """Work through the list with several buyers; the first error stops new purchases, never one under way.

    False when time ran short before the end: a stage that is cut off by its limit would pay for its last batch in vain.
    """
    left = deque(open_batches)
    ends = time.monotonic() + services.settings.worker.stage_seconds * _SHARE_OF_STAGE
    unfinished = False
    errors: list[Exception] = []

    async def buy_on() -> None:
        nonlocal unfinished
        while left:
            if errors or time.monotonic() > ends:
                unfinished = True
                return
            try:
                left.extendleft(reversed(await buy_batch(job, services, left.popleft())))
            except Exception as error:  # noqa: BLE001 - kept for the caller, after the others have finished
                errors.append(error)

    await asyncio.gather(*(buy_on() for _ in range(services.settings.embed.batches_in_flight)))
    if errors:
        raise errors[0]
    return not unfinished
