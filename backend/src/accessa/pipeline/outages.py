"""A job in hand while the database is in trouble: kept, read anew once it answers, and gone on with from there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.pipeline.services import Services
from accessa.store.driver_errors import ConflictError, ConnectionLostError, DatabaseTroubleError
from accessa.store.jobs import resume_job
from accessa.store.patience import Patience
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_MOST_TRIES = 5


class Perseverance:
    """How often a job was gone on with without getting further; a new status counts as getting further."""

    def __init__(self) -> None:
        """Begin with a job that has met no trouble."""
        self._status = ""
        self._tries = 0
        self._patience = Patience(math.inf)

    def allows(self, job: Job, error: AccessaError) -> bool:
        """Tell whether to go on in the same status rather than to write the error down and let the job rest."""
        if job.status != self._status:
            self._status, self._tries, self._patience = job.status, 0, Patience(math.inf)
        self._tries += 1
        passes = isinstance(error, ConflictError | ConnectionLostError) or error.code == "DATABASE_READ_ONLY"
        return passes and self._tries <= _MOST_TRIES

    async def resume(self, job: Job, services: Services) -> Job | None:
        """Return the job as it truly stands once the database takes changes; None when it is not this worker's."""
        return await _resume(job, services, self._patience)


async def written(job: Job, services: Services, write: Callable[[Job], Awaitable[bool]]) -> bool:
    """Write something down about a job, however long the database is in trouble; False when the job is not ours.

    To give up would leave the job to the end of its lease, as if its worker had died.
    """
    patience, told = Patience(math.inf), ""
    while True:
        try:
            return await asyncio.shield(write(job))
        except DatabaseTroubleError as trouble:
            if trouble.code != told:
                log.warning("The job is kept until the database takes what is to be written", code=trouble.code)
            told = trouble.code
        resumed = await _resume(job, services, patience)
        if resumed is None:
            return False
        job = resumed


async def _resume(job: Job, services: Services, patience: Patience) -> Job | None:
    while True:
        await patience.rest()
        try:
            resumed = await resume_job(services.database, job, services.settings.worker.lease_seconds)
        except DatabaseTroubleError:
            continue
        if resumed is None:
            log.info("The job has gone on without this worker, or has ended")
        return resumed
