"""Calls off what the providers still do for a cancelled job: an open parse, an open order of the bulk lane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.pipeline.services import Services
from accessa.providers.llamaparse import OPEN_STATES
from accessa.store import cancellations, parses, provider_batches
from accessa.store.provider_batches import Order
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_PATIENCE_SECONDS = 10.0


async def call_off_if_cancelled(services: Services, job: Job) -> None:
    """Call off what a worker had ordered for a job that was cancelled under its hands; any other job is left alone."""
    try:
        if await cancellations.is_cancelled(services.database, job.job_id):
            await call_off(services, job.job_id, may_still_come=False)
    except AccessaError as error:
        log.warning("The orders of a cancelled job could not be called off", code=error.code)


async def keep_if_cancelled(services: Services, job: Job, provider_job_id: str) -> None:
    """Keep the id of a parse that was accepted after its job had been cancelled, so that it can be called off."""
    try:
        if await cancellations.is_cancelled(services.database, job.job_id):
            async with services.database.connection() as connection:
                await parses.keep_provider_job(connection, job.job_id, provider_job_id, 0.0)
    except AccessaError as error:
        log.warning("The parse of a cancelled job could not be kept in mind", code=error.code)


async def call_off(services: Services, job_id: UUID, *, may_still_come: bool) -> int:
    """Call off the open parse and order of a cancelled job within some seconds; return how many were not let go.

    What `may_still_come`, as a worker is at it, is not yet taken for missing. An outage of a provider is no error here.
    """
    done = [
        await _settled(_call_off_parse(services, job_id)),
        await _settled(_call_off_order(services, job_id, may_still_come=may_still_come)),
    ]
    return done.count(False)


async def _settled(work: Awaitable[bool]) -> bool:
    let_go = False
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            let_go = await work
    except (AccessaError, TimeoutError) as error:
        log.warning("A provider did not let go of an order", code=getattr(error, "code", "INTERNAL"))
    return let_go


async def _call_off_parse(services: Services, job_id: UUID) -> bool:
    """Cancel a parse that is under way; a finished one stays, as a retry may get it from the provider's cache."""
    run = await parses.find_parse_run(services.database, job_id)
    if run is None or run.provider_job_id is None or run.provider != services.parser.identity:
        return True
    if await services.parser.state_of(run.provider_job_id) in OPEN_STATES:
        await services.parser.cancel(run.provider_job_id)
    return True


async def _call_off_order(services: Services, job_id: UUID, *, may_still_come: bool) -> bool:
    order = await provider_batches.find_open_order(services.database, job_id)
    if order is None or order.provider != services.embedder.identity:
        return True
    file_id = order.input_file_id or await services.embedder.find_file(order.key)
    batch_id = await _batch_of(services, order, file_id)
    if batch_id is not None:
        await services.embedder.cancel_batch(batch_id)
    elif may_still_come:
        return False
    if file_id is not None:
        await services.embedder.delete_file(file_id)
    async with services.database.connection() as connection:
        await provider_batches.end_order(connection, order.batch_id, "cancelled")
    return True


async def _batch_of(services: Services, order: Order, file_id: str | None) -> str | None:
    """Return the provider's id of an order; where its answer got lost it is looked for by our key."""
    if order.provider_batch_id is not None or file_id is None:
        return order.provider_batch_id
    return await services.embedder.find_batch(order.key, since=order.known_since)
