"""The monitoring service as an ASGI app: the page, the figures it draws, and its own health."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from accessa.apps.monitor.alert_routes import alert_router
from accessa.apps.monitor.alerting import Alerting
from accessa.apps.monitor.metrics import MonitorMetrics
from accessa.apps.monitor.overview import Observer
from accessa.apps.monitor.page import page_headers, page_html
from accessa.apps.monitor.proof import Proof
from accessa.apps.monitor.silence_routes import silence_router
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
    observer = Observer(settings, client, database)
    readings = all_readings(settings)
    workers = next(reading for reading in readings if isinstance(reading, WorkersReading))
    alerting = Alerting(settings, transport=transport)
    own_metrics = MonitorMetrics(observer, SystemMetrics(database, readings), alerting.watch.board)
    proof = Proof(settings, client)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with alerting.running(own_metrics.text, lambda: workers.metrics_urls), proof.at_work():
            yield
        await client.aclose()
        await database.close()

    app = FastAPI(title="Accessa monitoring", lifespan=lifespan, openapi_url=None)

    app.include_router(alert_router(alerting))
    app.include_router(silence_router(alerting))

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(page_html(), headers=page_headers())

    @app.get("/api/overview")
    async def overview() -> Response:
        body = orjson.dumps(await observer.overview())
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(await own_metrics.latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    app.include_router(proof.router)
    return app
