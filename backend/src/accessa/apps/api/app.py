"""Puts the API together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import Scope

import accessa
from accessa.apps.api import (
    costs,
    documents,
    error_answers,
    failed_jobs,
    health,
    jobs,
    metrics,
    providers,
    receipts,
    search,
    uploads,
    webhooks,
)
from accessa.apps.api.answers import ErrorAnswer
from accessa.apps.api.body_limit import BodyLimitMiddleware
from accessa.apps.api.correlation import CorrelationMiddleware
from accessa.domain.errors import AccessaError
from accessa.pipeline.services import Services, open_services
from accessa.providers.storage import BUCKETS
from accessa.settings import Settings, check_callers, check_service
from accessa.telemetry.http_metrics import RequestMetrics, template_of
from accessa.telemetry.logs import get_logger
from accessa.telemetry.loop_lag import LoopLag
from accessa.telemetry.traced_requests import TraceMiddleware

_RETRY_SECONDS = 5
log = get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """Return the API; raises `UsageError` SETTINGS_INVALID when the settings do not allow it to serve."""
    check_service(settings)
    check_callers(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, "accessa-api") as services:
            app.state.services = services
            duties = [asyncio.create_task(_ensure_buckets(services)), asyncio.create_task(LoopLag().run())]
            yield
            for duty in duties:
                duty.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*duties)

    app = FastAPIOffline(
        title="Accessa",
        version=accessa.__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,  # its page loads a picture from elsewhere
        responses={"default": {"model": ErrorAnswer, "description": "What went wrong, and what to do next"}},
    )
    # A job's id may not be taken for the word `failed`, so these addresses come before those of jobs.
    parts = (documents, receipts, uploads, failed_jobs, jobs, search, webhooks, costs, providers, health, metrics)
    for part in parts:
        app.include_router(part.router)
    error_answers.install(app)
    app.add_middleware(BodyLimitMiddleware, max_file_bytes=settings.upload.max_file_mb * 1_000_000)
    app.add_middleware(TraceMiddleware, begins=True, left_out="/webhooks/")
    app.add_middleware(CorrelationMiddleware)
    app.add_middleware(RequestMetrics, route_of=_route_of, then=metrics.count_upload)
    return app


def _route_of(scope: Scope) -> str:
    """Return the template of a request's address; a body that is refused by its length is not routed before."""
    route = template_of(scope)
    return "/documents" if route == "unknown" and scope["path"] == "/documents" else route


async def _ensure_buckets(services: Services) -> None:
    while True:
        try:
            await services.storage.ensure_buckets(BUCKETS)
        except AccessaError as error:
            log.warning("The storage is not ready yet", code=error.code)
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


_DESCRIPTION = (
    "Takes documents in and makes them searchable. A file that was answered with 2xx reaches an end by itself; "
    "`complete` is a fact that the database checks."
)
