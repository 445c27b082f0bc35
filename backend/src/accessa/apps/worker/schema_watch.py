"""Whether this worker may work on the database as it is: looked at before the first claim, and every few seconds."""

from __future__ import annotations

import time

from accessa.domain.errors import AccessaError, UsageError
from accessa.pipeline.services import Services
from accessa.store.budgets import wake_parked
from accessa.store.schema_version import HEAD, LiveSchema, live_schema
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)


class SchemaWatch:
    """Lets a worker idle, and say so, on a schema that is too old for it, or of which it is too old itself."""

    def __init__(self, services: Services) -> None:
        """Take the services; nothing is known about the database yet."""
        self._services = services
        self._fits = False
        self._entered = False
        self._next_look = 0.0
        self._told: object = None

    async def may_work(self) -> bool:
        """Tell whether work may be claimed now.

        Raises `UsageError` when no waiting can help: then the worker stops with one sentence.
        """
        if time.monotonic() >= self._next_look or not self._fits:
            self._next_look = time.monotonic() + self._services.settings.worker.heartbeat_seconds
            self._fits = await self._look()
        return self._fits

    async def _look(self) -> bool:
        try:
            found = await live_schema(self._services.database)
            if found.fits and not (self._entered and await self._services.know_providers()):
                await self._enter()
        except UsageError:
            raise
        except AccessaError as error:
            # A database that fitted and is away for a while is no reason to doubt it: claims fail by themselves.
            if self._fits and error.code != "SCHEMA_UNKNOWN":
                return True
            self._tell(error.code, error.message, error.code)
            return False
        except Exception as error:
            # Whatever a pooler or a server says between two looks, the next look may go well.
            log.warning("The database could not be looked at", exc_info=error, code="INTERNAL")
            return self._fits
        if not found.fits:
            self._tell(found, found.advice, "SCHEMA_UNKNOWN")
        elif self._told is not None:
            self._told = None
            log.info("The database is ready for work", schema=found.revision)
        return found.fits

    async def _enter(self) -> None:
        """Enter the providers, which a database refuses that is none for mocks; one that was emptied forgets them."""
        await self._services.enter_providers()
        await wake_parked(self._services.database)
        self._entered = True

    def _tell(self, what: LiveSchema | str, message: str, code: str) -> None:
        if what != self._told:
            self._told = what
            log.warning("The worker waits for the database", message=message, needed=HEAD, code=code)
