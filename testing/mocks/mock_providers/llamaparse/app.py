"""Builds the LlamaParse simulator as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mock_providers.body_limit import BodyLimit
from mock_providers.control_routes import control_routes
from mock_providers.cut_connection import CuttableConnection
from mock_providers.identity import HEADER, MockIdentity
from mock_providers.llamaparse.access import require_key
from mock_providers.llamaparse.file_routes import file_routes
from mock_providers.llamaparse.legacy_routes import PREFIXES, legacy_routes
from mock_providers.llamaparse.parse_routes import parse_routes
from mock_providers.llamaparse.presigned_routes import presigned_routes
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.webhook_config_routes import webhook_config_routes
from mock_providers.logs import RequestLog
from mock_providers.metrics import SimulatorMetrics
from mock_providers.settings import LlamaParseSettings
from mock_providers.validation_answer import answer_invalid

_NAME = "mock-llamaparse"
_FORM_OVERHEAD = 1024 * 1024
_SERVER_ERROR = 500


def create_app(settings: LlamaParseSettings | None = None) -> FastAPI:
    """Return the app; without settings they come from the environment.

    Run it with its lifespan (a server does that): the start goes on with open jobs, the end stops threads and children.
    """
    simulator = Simulator(settings or LlamaParseSettings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await simulator.start()
        yield
        await simulator.stop()

    app = FastAPI(title="mock LlamaParse", lifespan=lifespan)
    app.add_middleware(BodyLimit, limit=simulator.settings.max_file_bytes + _FORM_OVERHEAD, detail="File is too large.")
    app.add_middleware(RequestLog, service="llamaparse")
    app.add_middleware(CuttableConnection)
    app.add_middleware(MockIdentity, name=_NAME)
    app.add_exception_handler(HTTPException, _answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(Exception, _answer_crash)
    guarded = [Depends(require_key(simulator.settings.api_key))]
    app.include_router(file_routes(simulator), dependencies=guarded)
    app.include_router(parse_routes(simulator), dependencies=guarded)
    app.include_router(webhook_config_routes(simulator), dependencies=guarded)
    for number, prefix in enumerate(PREFIXES):
        app.include_router(legacy_routes(simulator), prefix=prefix, dependencies=guarded, include_in_schema=not number)
    app.include_router(presigned_routes(simulator))
    app.include_router(control_routes(simulator.control, simulator.bill, simulator.forget_all))

    @app.get("/ready", include_in_schema=False)
    @app.get("/health", tags=["health"])
    async def health() -> dict[str, str]:
        """Tell that the simulator answers, and in which mode."""
        return {"status": "ok", "service": _NAME, "mode": simulator.settings.mode}

    SimulatorMetrics(_NAME, simulator.control.played, simulator.sender.results).install(app)
    return app


async def _answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer `{"detail": …}`; errors of the server carry a correlation id as well."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else _SERVER_ERROR
    body: dict[str, str] = {"detail": error.detail if isinstance(error, HTTPException) else "Internal Server Error"}
    if status >= _SERVER_ERROR:
        body["correlation_id"] = str(uuid4())
    return JSONResponse(body, status, error.headers if isinstance(error, HTTPException) else None)


async def _answer_crash(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the simulator's own; that happens outside of all middleware, so the mark is put on here."""
    answer = await _answer_error(request, error)
    answer.headers[HEADER] = _NAME
    return answer
