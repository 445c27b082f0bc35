"""Waits for given jobs together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from accessa.cli.api_client import ApiClient
from accessa.cli.job_watch import Job, JobWatch


async def follow(
    api: ApiClient, job_ids: Iterable[str], on_look: Callable[[Job], None] = lambda _job: None
) -> list[Job]:
    """Wait until every job is complete or failed; return them in the order given."""
    watch = JobWatch(api, on_look)
    looking = asyncio.create_task(watch.run())
    try:
        return list(await asyncio.gather(*(watch.until_terminal(job_id) for job_id in job_ids)))
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
