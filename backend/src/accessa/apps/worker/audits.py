"""The duty that audits what is stored, one worker at a time."""

from __future__ import annotations

import asyncio

from accessa.settings import Settings
from accessa.store.audit import Limits
from accessa.store.audit_runs import audit_if_due
from accessa.store.database import Database
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_LONGEST_PAUSE_SECONDS = 30.0


class Audits:
    """Runs the audit when it is due and no other worker has; a promise that does not hold is told as an error."""

    def __init__(self, database: Database, settings: Settings, worker_id: str) -> None:
        """Take the database, and the settings for what they bound."""
        self._database = database
        self._every_seconds = settings.audit.every_seconds
        self._limits = Limits(
            settings.worker.lease_seconds, settings.worker.max_crashes, settings.audit.statement_seconds
        )
        self._worker_id = worker_id

    async def run(self) -> None:
        """Look whether it is due until cancelled; an outage is waited out."""
        while self._every_seconds:
            await asyncio.sleep(min(self._every_seconds, _LONGEST_PAUSE_SECONDS))
            try:
                await self._audit()
            except Exception as error:
                log.warning("The audit could not run", exc_info=error, code=getattr(error, "code", "INTERNAL"))

    async def _audit(self) -> None:
        findings = await audit_if_due(
            self._database, self._worker_id, every_seconds=self._every_seconds, limits=self._limits
        )
        for finding in findings or ():
            if not finding.finished:
                log.warning("A check of the audit could not finish", check=finding.check.name)
            elif finding.total:
                log.error(
                    "A promise does not hold", check=finding.check.name, total=finding.total, rows=finding.rows[:3]
                )
