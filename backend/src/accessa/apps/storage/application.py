"""The storage as an ASGI application, at `/` and at `/storage/v1`."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ExceptionHandler

from accessa.apps.storage import (
    bucket_routes,
    condition,
    download_routes,
    object_routes,
    signing_routes,
    tus_routes,
    upload_routes,
)
from accessa.apps.storage.disk_space import is_full
from accessa.apps.storage.object_store import ObjectStore
from accessa.apps.storage.refusals import RefusedError, disk_full, internal_error
from accessa.apps.storage.request_log import RequestLog
from accessa.apps.storage.service import Service
from accessa.apps.storage.tokens import Tokens
from accessa.apps.storage.uploads_together import UploadsTogether
from accessa.telemetry.http_metrics import RequestMetrics
from accessa.telemetry.logs import get_logger
from accessa.telemetry.loop_lag import LoopLag
from accessa.telemetry.traced_requests import TraceMiddleware

_MAX_OBJECT_BYTES = 500_000_000
# As long as the hosted service lets an upload URL live.
_UPLOAD_URL_SECONDS = 7200

_log = get_logger(__name__)


def create_app(
    *,
    root: Path,
    jwt_secret: str,
    max_object_bytes: int = _MAX_OBJECT_BYTES,
    upload_url_seconds: int = _UPLOAD_URL_SECONDS,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """Return the application that keeps its data under the folder `root`.

    The folder is opened here and let go at the end of the lifespan. `jwt_secret` (at least 32 bytes) signs the keys of
    callers and the signed URLs, those for uploads for `upload_url_seconds`; `clock` tells seconds since 1970. Raises
    `UsageError` STACK_FAILED while another process serves the same folder.
    """
    tokens = Tokens(jwt_secret, clock)
    store = ObjectStore(root, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        lag = asyncio.create_task(LoopLag().run())
        yield
        lag.cancel()
        await asyncio.gather(lag, return_exceptions=True)
        store.close()

    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        exception_handlers=_ANSWERS,
        middleware=[
            Middleware(RequestMetrics, route_of=condition.route_of),
            Middleware(RequestLog),
            Middleware(TraceMiddleware),
        ],
    )
    app.state.service = Service(store, UploadsTogether(store), tokens, max_object_bytes, upload_url_seconds)
    return app


def _routes() -> list[BaseRoute]:
    # The order matters where paths overlap: `object/sign/…` is also the form of `object/{bucket}/…`.
    routes = [
        *condition.ROUTES,
        *bucket_routes.ROUTES,
        *signing_routes.ROUTES,
        *object_routes.ROUTES,
        *upload_routes.ROUTES,
        *download_routes.ROUTES,
        *tus_routes.ROUTES,
    ]
    return [Mount("/storage/v1", routes=routes), *routes]


async def _answer_refusal(_request: Request, error: Exception) -> Response:
    refusal = error if isinstance(error, RefusedError) else internal_error()
    return JSONResponse(refusal.body(), status_code=refusal.http_status, headers=refusal.headers)


async def _answer_no_route(request: Request, _error: Exception) -> Response:
    message = f"Route {request.method} not found"
    return JSONResponse({"message": message, "error": "Not Found", "statusCode": 404}, status_code=404)


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    """Answer a caller who hung up while sending; nothing of the upload is kept."""
    return Response(status_code=400)


async def _answer_fault(request: Request, error: Exception) -> Response:
    if is_full(error):
        _log.error("The disk is full; the request was refused", method=request.method)
        return await _answer_refusal(request, disk_full())
    _log.error("A storage request failed", method=request.method, exc_info=error)
    return await _answer_refusal(request, internal_error())


_ANSWERS: dict[Any, ExceptionHandler] = {
    RefusedError: _answer_refusal,
    HTTPException: _answer_no_route,
    OSError: _answer_fault,
    sqlite3.Error: _answer_fault,
    ClientDisconnect: _answer_nobody,
    Exception: _answer_fault,
}
