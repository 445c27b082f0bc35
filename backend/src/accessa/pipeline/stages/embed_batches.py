"""embedding_in_progress → embeddings_stored: each batch is bought in a paid call, and stored before the next one is."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.pipeline.bulk_embedding import embed_in_bulk
from accessa.pipeline.desk import Desk
from accessa.pipeline.embedding_plan import plan_missing
from accessa.pipeline.outcome import Findings, Outcome, Step, Waiting
from accessa.pipeline.services import Services
from accessa.store import vectors
from accessa.store.chunks import select_texts
from accessa.store.effects import Facts, SharedEffect, note_progress
from accessa.store.vectors import Batch

_SHARE_OF_STAGE = 0.8


async def embed_batches(job: Job, services: Services, desk: Desk) -> Outcome:
    """Buy the batches that are still open: call by call, or in the bulk lane all in one order that is waited for."""
    open_batches = desk.planned
    if open_batches is None:
        open_batches = await vectors.select_open_batches(services.database, job.job_id)
    if job.lane == "bulk":
        if waiting := await embed_in_bulk(job, services, open_batches):
            return waiting
    elif not await _buy_all(job, services, desk, open_batches):
        return Waiting(0)
    return Step(job, write=_write)


async def _write(effect: SharedEffect, services: Services, steps: Sequence[Step]) -> Findings:
    jobs = [step.job for step in steps]
    counted = await vectors.count_vectors(effect.connection, jobs, services.embedder.identity)
    found: dict[UUID, Facts | Waiting | AccessaError] = {}
    for job in jobs:
        if counted[job.job_id] < int(job.progress.get("embeds_total", 0)):
            found[job.job_id] = await _plan_anew(effect, services, job)
        else:
            found[job.job_id] = Facts({"embeds_done": counted[job.job_id]})
    return found


async def _plan_anew(effect: SharedEffect, services: Services, job: Job) -> Waiting | AccessaError:
    """Plan what is missing: the provider changed on the way, and vectors of two cannot stand beside each other."""
    planned = (await plan_missing(effect, services, [job]))[job.job_id]
    if isinstance(planned, AccessaError):
        return planned
    await note_progress(effect.connection, job.job_id, planned.facts.progress)
    return Waiting(0)


async def _buy_all(job: Job, services: Services, desk: Desk, open_batches: Sequence[Batch]) -> bool:
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
                left.extendleft(reversed(await _buy(job, services, desk, left.popleft())))
            except Exception as error:  # noqa: BLE001 - kept for the caller, after the others have finished
                errors.append(error)

    buyers: list[Any] = [buy_on() for _ in range(min(len(left), services.settings.embed.batches_in_flight))]
    await asyncio.gather(*buyers)
    if errors:
        raise errors[0]
    return not unfinished


async def _buy(job: Job, services: Services, desk: Desk, batch: Batch) -> list[Batch]:
    if desk.rows is None:
        chunks = await select_texts(services.database, job.require_set(), batch.chunk_ordinals)
    else:
        chunks = [(desk.rows[ordinal].chunk_id, desk.rows[ordinal].text) for ordinal in batch.chunk_ordinals]
    return await desk.requests.buy(services, job, batch, chunks)
