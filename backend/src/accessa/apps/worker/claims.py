"""Claims of one worker: patient while the database is away, and careful in the first moments of its return."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.domain.job import Job
from accessa.settings import WorkerSettings
from accessa.store.database import Database
from accessa.store.driver_errors import DatabaseTroubleError
from accessa.store.jobs import Turns, adopt_jobs, claim_jobs
from accessa.store.schema_version import live_schema
from accessa.telemetry.logs import get_logger

_MOST_SLOWNESS = 4.0
log = get_logger(__name__)


class Claims:
    """Claims due jobs for one owner."""

    def __init__(self, database: Database, settings: WorkerSettings, owner: str) -> None:
        """Take what a claim says."""
        self._database = database
        self._settings = settings
        self._owner = owner
        self._turns = Turns()
        self._is_in_doubt = False
        self.slowness = 1.0  #: by how much the pauses between claims are stretched

    async def claim(self, limit: int, in_hand: Sequence[UUID]) -> list[Job]:
        """Return newly claimed jobs, or none while the database is in trouble; that is told once, by the outage."""
        if not await self._may_claim():
            self.slowness = min(self.slowness * 2, _MOST_SLOWNESS)
            return []
        try:
            claimed = await self._adopt(in_hand) or await self._claim_due(limit)
        except DatabaseTroubleError as trouble:
            self._is_in_doubt = True
            if self._database.outage.code is None:
                log.warning("No jobs could be claimed", code=trouble.code, message=trouble.message)
            return []
        self.slowness = 1.0
        return claimed

    async def _may_claim(self) -> bool:
        """Tell whether the database answers, and its other users have had a moment to renew what they hold."""
        outage = self._database.outage
        if outage.code is not None:
            await self._knock()
        return outage.code is None and not outage.is_settling(self._settings.lease_seconds)

    async def _knock(self) -> None:
        try:
            await live_schema(self._database)
        except AccessaError:
            return

    async def _adopt(self, in_hand: Sequence[UUID]) -> list[Job]:
        """Take up the jobs of a claim whose answer got lost."""
        if not self._is_in_doubt:
            return []
        adopted = await adopt_jobs(
            self._database, owner=self._owner, lease_seconds=self._settings.lease_seconds, in_hand=in_hand
        )
        self._is_in_doubt = False
        if adopted:
            log.info("Jobs of a claim whose answer got lost were taken up", count=len(adopted))
        return adopted

    async def _claim_due(self, limit: int) -> list[Job]:
        return await claim_jobs(
            self._database,
            owner=self._owner,
            lease_seconds=self._settings.lease_seconds,
            limit=limit,
            jobs_per_user=self._settings.jobs_per_user,
            max_crashes=self._settings.max_crashes,
            turns=self._turns,
        )
