"""The proof that documents are processed: canaries in the background, and `/ready`, which tells what they found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from accessa.domain.errors import AccessaError
from accessa.observe.canary import Canaries, api_address
from accessa.observe.readiness import Readiness, ServiceFacts, State, SystemFacts, judge, read_system_facts
from accessa.observe.remembered import Remembered
from accessa.observe.service_health import check_all
from accessa.observe.service_list import known_services
from accessa.observe.service_views import speaks_http
from accessa.settings import Settings
from accessa.store.database import Database

_KEPT_SECONDS = 2.0
_LOOK_SECONDS = 3.0
_MISSED_HEARTBEATS = 3
_POOL = {"pool_size": 2, "connect_timeout_seconds": 2.0, "statement_timeout_seconds": 3.0}


class Proof:
    """Sends the canaries while the app runs, and answers `/ready`."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        """Keep what is needed; nothing is connected yet. `client` asks the services for their health."""
        self._settings = settings
        self._client = client
        self._database = Database(
            settings.database.model_copy(update=_POOL), "accessa-canary", environment=settings.runtime.environment
        )
        self._canaries = Canaries(self._database, settings.canary, partial(api_address, settings))
        self._readiness = Remembered(self._look, seconds=_KEPT_SECONDS)
        self.router = APIRouter()
        self.router.add_api_route("/ready", self._ready)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Send canaries while the block lasts."""
        duty = asyncio.create_task(self._canaries.run())
        try:
            yield
        finally:
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)
            await self._database.close()

    async def _ready(self) -> JSONResponse:
        """Answer 200 while the system is proven to process documents, else 503, with what each check says."""
        readiness = await self._readiness.get()
        body = {
            "status": readiness.state.value,
            "sentence": readiness.sentence,
            "checks": {check.name: {"state": check.state, "sentence": check.sentence} for check in readiness.checks},
        }
        return JSONResponse(body, 200 if readiness.state is State.READY else 503, {"Cache-Control": "no-store"})

    async def _look(self) -> Readiness:
        services, facts = await asyncio.gather(self._ask_services(), self._ask_database())
        return judge(services, facts, self._settings.canary)

    async def _ask_services(self) -> list[ServiceFacts]:
        services = await asyncio.to_thread(known_services, self._settings)
        answers = await check_all(
            self._client, [service.url for service in services if service.url and speaks_http(service)]
        )
        # Postgres and the workers are told of by the database; what runs once and is done has nothing to answer.
        return [
            ServiceFacts(service.name, answers[service.url].healthy) for service in services if service.url in answers
        ]

    async def _ask_database(self) -> SystemFacts | None:
        alive_seconds = _MISSED_HEARTBEATS * self._settings.worker.heartbeat_seconds
        try:
            async with asyncio.timeout(_LOOK_SECONDS), self._database.connection() as connection:
                return await read_system_facts(connection, alive_seconds)
        except (AccessaError, TimeoutError):
            return None
