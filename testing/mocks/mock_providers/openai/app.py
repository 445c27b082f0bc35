"""Builds the OpenAI simulator as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from mock_providers.body_limit import BodyLimit
from mock_providers.control_routes import control_routes
from mock_providers.cut_connection import CuttableConnection
from mock_providers.identity import MockIdentity
from mock_providers.logs import RequestLog
from mock_providers.metrics import SimulatorMetrics
from mock_providers.openai.access import require_key
from mock_providers.openai.batch_routes import batch_routes
from mock_providers.openai.errors import ApiError, server_error
from mock_providers.openai.file_routes import file_routes
from mock_providers.openai.models import main_model
from mock_providers.openai.provider_headers import ProviderHeaders
from mock_providers.openai.routes import embedding_routes, unbilled_routes
from mock_providers.openai.simulator import Simulator
from mock_providers.settings import OpenAISettings
from mock_providers.validation_answer import answer_invalid

_NAME = "mock-openai"
_FORM_OVERHEAD = 1024 * 1024
_CONTROL = "/_control"


def create_app(settings: OpenAISettings | None = None) -> ASGIApp:
    """Return the app; without settings they come from the environment.

    Run it with its lifespan (a server does that): the start loads the models in the background and goes on with open
    batches, the end stops the threads.
    """
    simulator = Simulator(settings or OpenAISettings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await simulator.start()
        yield
        await simulator.stop()

    app = FastAPI(title="mock OpenAI", lifespan=lifespan)
    _add_middleware(app, simulator.settings)
    app.add_exception_handler(ApiError, _answer_api_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_api_error)
    app.include_router(control_routes(simulator.control, simulator.bill, simulator.forget_all))
    app.include_router(unbilled_routes(simulator.embeddings))
    api = _api(simulator)
    for prefix in ("/v1", ""):
        app.include_router(api, prefix=prefix, include_in_schema=bool(prefix))
    _add_health(app, simulator)
    SimulatorMetrics(_NAME, simulator.control.played).install(app)
    return MockIdentity(CuttableConnection(app), _NAME)


def _api(simulator: Simulator) -> APIRouter:
    router = APIRouter(dependencies=[Depends(require_key(simulator.settings.api_key))])
    router.include_router(embedding_routes(simulator.calls, simulator.embeddings))
    router.include_router(file_routes(simulator.calls, simulator.files))
    router.include_router(batch_routes(simulator.calls, simulator.batches))
    return router


def _add_middleware(app: FastAPI, settings: OpenAISettings) -> None:
    largest_upload = settings.max_file_bytes + _FORM_OVERHEAD
    app.add_middleware(
        BodyLimit,
        limit=settings.max_body_bytes,
        detail="The request body is too large.",
        limits=dict.fromkeys(("/v1/files", "/files"), largest_upload),
    )
    app.add_middleware(ProviderHeaders)
    app.add_middleware(RequestLog, service="openai")


def _add_health(app: FastAPI, simulator: Simulator) -> None:
    @app.get("/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        """Tell whether requests are answered at once; 503 until the models are loaded."""
        simulator.loading.begin()
        status = simulator.loading.status
        return JSONResponse({"status": status}, 200 if status == "ok" else 503)

    @app.get("/health", tags=["health"])
    async def health() -> JSONResponse:
        """Tell how far loading has come; `failed` answers 503."""
        simulator.loading.begin()
        status = simulator.loading.status
        mode = simulator.settings.mode
        body = {"status": status, "service": _NAME, "mode": mode, "model": main_model(mode).name}
        return JSONResponse(body, 503 if status == "failed" else 200)


async def _answer_api_error(request: Request, error: Exception) -> JSONResponse:
    del request
    return (error if isinstance(error, ApiError) else server_error()).answer()


async def _answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """Answer unknown paths, wrong methods and too large bodies in the provider's shape; `/_control` in its own."""
    if not isinstance(error, HTTPException):
        return server_error().answer()
    if request.url.path.startswith(_CONTROL):
        return JSONResponse({"detail": error.detail}, error.status_code)
    return ApiError(error.status_code, str(error.detail), headers=dict(error.headers or {})).answer()


async def _answer_invalid(request: Request, error: Exception) -> Response:
    """Answer a wrong parameter in the provider's shape; `/_control` in its own."""
    if request.url.path.startswith(_CONTROL) or not isinstance(error, RequestValidationError):
        return await answer_invalid(request, error)
    problem = error.errors()[0]
    name = str(problem["loc"][-1])
    return ApiError(400, f"Invalid '{name}': {problem['msg']}", param=name, code="invalid_value").answer()
