"""How the storage is: alive, ready to take files in, and its metrics."""

from __future__ import annotations

import shutil
import sqlite3

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from accessa.apps.storage.disk_space import room_left
from accessa.apps.storage.service import service_of
from accessa.telemetry.exposition import CONTENT_TYPE_LATEST, exposition
from accessa.telemetry.metric_names import Exporter
from accessa.telemetry.metrics import DISK_FREE, DISK_SIZE

_OK = "ok"


async def health(request: Request) -> Response:
    """Say that the catalogue answers."""
    await run_in_threadpool(service_of(request).store.check)
    return JSONResponse({"status": _OK})


async def ready(request: Request) -> Response:
    """Check catalogue, folder and disk; 503 names what is missing."""
    checks = await run_in_threadpool(_checks, request)
    good = all(sentence == _OK for sentence in checks.values())
    body = {"status": _OK if good else "not ready", "checks": checks}
    return JSONResponse(body, status_code=200 if good else 503)


async def metrics(request: Request) -> Response:
    """Tell how this process and its disk are."""
    disk = shutil.disk_usage(service_of(request).store.root)
    DISK_FREE.set(disk.free)
    DISK_SIZE.set(disk.total)
    return Response(exposition(Exporter.STORAGE), media_type=CONTENT_TYPE_LATEST)


def route_of(scope: Scope) -> str:
    """Return which operation of the storage served a request: its paths hold names, and several may lead to it."""
    return getattr(scope.get("endpoint"), "__name__", "unknown").strip("_")


def _checks(request: Request) -> dict[str, str]:
    store = service_of(request).store
    try:
        store.check()
    except (sqlite3.Error, OSError):
        return {"catalogue": "The catalogue of the storage cannot be read.", "disk": room_left(store.root) or _OK}
    return {"catalogue": _OK, "disk": room_left(store.root) or _OK}


ROUTES = [
    Route("/status", health, methods=["GET"]),
    Route("/health", health, methods=["GET"]),
    Route("/ready", ready, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
