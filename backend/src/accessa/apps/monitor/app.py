"""The monitoring service as an ASGI app: the pages, the figures they draw, who may see them, and its own health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from accessa.apps.monitor.access import FailedAttempts, Gatekeeper, TokenSessions
from accessa.apps.monitor.alert_routes import alert_router
from accessa.apps.monitor.alerting import Alerting
from accessa.apps.monitor.login import login_routes
from accessa.apps.monitor.metrics import MonitorMetrics
from accessa.apps.monitor.proof import Proof
from accessa.apps.monitor.pulse import Pulse
from accessa.apps.monitor.silence_routes import silence_router
from accessa.apps.monitor.static_files import send_file
from accessa.apps.monitor.stream import page_routes
from accessa.apps.monitor.target_routes import target_router
from accessa.apps.monitor.watcher import Watcher
from accessa.observe.database_view import Database
from accessa.observe.readings import all_readings
from accessa.observe.readings.workers import WorkersReading
from accessa.observe.service_health import health_client
from accessa.observe.system_metrics import SystemMetrics
from accessa.settings import Settings
from accessa.telemetry.exposition import CONTENT_TYPE_LATEST

MISSED_HEARTBEATS = 3


def create_app(settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """Build the app; `transport` replaces the network for health checks. Nothing is connected before it serves.

    Raises `UsageError` SETTINGS_INVALID when a setting of the alerts is wrong.
    """
    database = Database(
        settings.database.url.get_secret_value(),
        alive_seconds=MISSED_HEARTBEATS * settings.worker.heartbeat_seconds,
    )
    client = health_client(transport)
    readings = all_readings(settings)
    workers = next(reading for reading in readings if isinstance(reading, WorkersReading))
    alerting = Alerting(settings, transport=transport)
    system = SystemMetrics(database, readings)
    watcher = Watcher(settings, client, database, system, alerting.watch.board)
    own_metrics = MonitorMetrics(watcher, system, alerting.watch.board)
    pulse = Pulse(watcher.frame)
    proof = Proof(settings, client)

    async def known_workers() -> Mapping[str, str] | None:
        if workers.metrics_urls is None:
            await system.refresh()
        return workers.metrics_urls

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(pulse.run())
        async with alerting.running(own_metrics.text, known_workers), proof.at_work():
            yield
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await client.aclose()
        await database.close()

    app = FastAPI(title="Accessa monitoring", lifespan=lifespan, openapi_url=None)
    app.state.pulse = pulse
    app.include_router(page_routes(watcher, pulse, database))
    app.include_router(alert_router(alerting))
    app.include_router(silence_router(alerting))
    app.include_router(target_router(alerting))
    app.include_router(proof.router)
    _guard(app, settings)
    _serve_pages(app)
    _serve_metrics(app, own_metrics)
    return app


def _guard(app: FastAPI, settings: Settings) -> None:
    token = settings.monitor.token.get_secret_value()
    sessions = TokenSessions(token) if token else None
    attempts = FailedAttempts()
    app.include_router(login_routes(sessions, attempts))
    app.add_middleware(
        Gatekeeper,
        host=settings.monitor.host,
        sessions=sessions,
        attempts=attempts,
        hosts=[name.strip() for name in settings.monitor.allowed_hosts.split(",") if name.strip()],
    )


def _serve_pages(app: FastAPI) -> None:
    @app.get("/")
    async def page(request: Request) -> Response:
        return send_file(request, "index.html")

    @app.get("/document/{subject}")
    async def document(request: Request, subject: str) -> Response:  # noqa: ARG001 - the page reads it from its address
        return send_file(request, "document.html")

    @app.get("/static/{path:path}")
    async def static(request: Request, path: str) -> Response:
        return send_file(request, path)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}


def _serve_metrics(app: FastAPI, own_metrics: MonitorMetrics) -> None:
    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(await own_metrics.latest(), media_type=CONTENT_TYPE_LATEST)
