"""The duty that sends canaries: small documents that prove again and again that the whole pipeline works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

import httpx

from accessa.domain.errors import AccessaError
from accessa.observe.canary_api import CanaryApi
from accessa.observe.round_trip import Journey, Traveller, find_and_delete, fresh_words, process
from accessa.observe.service_list import UNSUPERVISED, known_services
from accessa.settings import CanarySettings, Settings
from accessa.store.canary_runs import CanaryRun, end_canary, open_canary
from accessa.store.database import Database
from accessa.telemetry.log_context import bound
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_LOOK_SECONDS = 5.0
_HEALTH_PAUSE_SECONDS = 0.5
# The first of a process comes soon after its start, but a monitoring that starts again and again sends no flood.
_FIRST_SECONDS = 15.0
# What was repaired is to be known soon.
_FAILED_SECONDS = 60.0


def api_address(settings: Settings) -> str:
    """Return the API that canaries go through: that of the running stack, else of the settings; empty without any."""
    listed = {service.name: service.url for service in known_services(settings) if service.state != UNSUPERVISED}
    return listed.get("api-server") or settings.canary.api_url or settings.api.public_url


class Canaries:
    """Sends a canary when one is due and no other process has; `find_api` returns the API's address, or nothing yet."""

    def __init__(self, database: Database, settings: CanarySettings, find_api: Callable[[], str]) -> None:
        """Keep what a canary needs; nothing is asked yet."""
        self._database = database
        self._settings = settings
        self._find_api = find_api

    async def run(self) -> None:
        """Look whether one is due until cancelled; an outage is waited out, and told by the canary that met it."""
        if not self._settings.every_seconds:
            return
        await self._await_api()
        pause_seconds = min(self._settings.every_seconds, _FIRST_SECONDS)
        while True:
            try:
                if await self.send_if_due(pause_seconds):
                    pause_seconds = self._settings.every_seconds
            except Exception as error:  # noqa: BLE001 - whatever it is, the next one tells more
                log.warning("The canary could not be sent", code=getattr(error, "code", "INTERNAL"))
            await asyncio.sleep(min(self._settings.every_seconds, _LOOK_SECONDS))

    async def send_if_due(self, every_seconds: float) -> bool:
        """Send a canary unless one has begun within `every_seconds`; tell whether one was sent.

        Raises an `AccessaError` when the database does not take the run down.
        """
        run = await open_canary(
            self._database,
            every_seconds=every_seconds,
            failed_seconds=_FAILED_SECONDS,
            timeout_seconds=self._settings.timeout_seconds,
        )
        if run is None:
            return False
        started, journey = time.monotonic(), Journey()
        with bound(correlation_id=str(run.correlation_id)):
            await self._send(run, journey, started)
        return True

    async def _send(self, run: CanaryRun, journey: Journey, started: float) -> None:
        code = await self._go(run, journey)
        seconds = time.monotonic() - started
        document_id = UUID(journey.receipt["document_id"]) if journey.receipt else None
        await end_canary(
            self._database, run, code=code, step=journey.step, document_id=document_id, seconds=round(seconds, 3)
        )
        _tell(journey, code, seconds)

    async def _go(self, run: CanaryRun, journey: Journey) -> str | None:
        """Return the code of what went wrong, or None when the document was found and deleted."""
        words = fresh_words()
        traveller = Traveller("canary.md", f"# Canary\n\nThis canary sings: {words}\n".encode(), words)
        async with CanaryApi(self._find_api(), str(run.correlation_id)) as api:
            try:
                async with asyncio.timeout(self._settings.timeout_seconds):
                    for document_id in await api.leftovers():
                        await api.delete(document_id)
                    await process(api, traveller, journey)
                    await find_and_delete(api, traveller, journey)
            except AccessaError as error:
                return error.code
            except TimeoutError:
                return _reason(api, journey)
            except (httpx.HTTPError, httpx.InvalidURL, KeyError):
                return "API_UNREACHABLE"
        return None

    async def _await_api(self) -> None:
        """Wait until the API answers at all, so that a stack that starts is not taken for a broken one."""
        try:
            async with asyncio.timeout(self._settings.timeout_seconds), httpx.AsyncClient(trust_env=False) as client:
                while not await _answers(client, self._find_api()):  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(_HEALTH_PAUSE_SECONDS)
        except TimeoutError:
            log.warning("The API does not answer; the first canary is sent all the same", code="API_UNREACHABLE")


async def _answers(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(f"{address}/health")).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def _reason(api: CanaryApi, journey: Journey) -> str:
    """Return the code of what kept a document from ending in time, as well as that can be told."""
    if api.trouble is not None:
        return api.trouble.code
    told = (journey.job.get("error") or {}).get("code")
    return told or "CANARY_OVERDUE"


def _tell(journey: Journey, code: str | None, seconds: float) -> None:
    told = log.bind(
        document_id=journey.receipt.get("document_id"), step=journey.step, duration_seconds=round(seconds, 3)
    )
    if code is None:
        told.info("The canary was found")
    else:
        told.error("The canary was not found", code=code)
