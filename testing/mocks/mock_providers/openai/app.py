"""Builds the OpenAI simulator as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mock_providers.bill import SCHEMA, Bill
from mock_providers.body_limit import BodyLimit
from mock_providers.control import Control
from mock_providers.control_routes import control_routes
from mock_providers.database import Database
from mock_providers.logs import RequestLog
from mock_providers.openai import fault_kinds
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.embedding import EmbeddingService
from mock_providers.openai.errors import ApiError, server_error
from mock_providers.openai.loading import Loading
from mock_providers.openai.models import main_model
from mock_providers.openai.routes import api_routes
from mock_providers.settings import OpenAISettings
from mock_providers.state_folder import state_folder
from mock_providers.validation_answer import answer_invalid


def create_app(settings: OpenAISettings | None = None) -> FastAPI:
    """Return the app; without settings they come from the environment.

    Run it with its lifespan (a server does that): the start loads the models in the background.
    """
    settings = settings or OpenAISettings()
    folder = state_folder(settings.data_dir, "openai")
    loading = Loading(settings.mode, folder / "wordllama")
    control = Control(_start_values(settings), fault_kinds.ALL)
    bill = Bill(Database(folder / "bill.sqlite3", SCHEMA))
    service = EmbeddingService(settings, control, bill, loading)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading.begin()
        yield
        service.close()

    app = FastAPI(title="mock OpenAI", lifespan=lifespan)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, detail="The request body is too large.")
    app.add_middleware(RequestLog, service="openai")
    app.add_exception_handler(ApiError, _answer_api_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.include_router(control_routes(control, bill, _nothing_else))
    for prefix in ("/v1", ""):
        app.include_router(api_routes(service, settings.api_key), prefix=prefix)
    _add_health(app, settings, loading)
    return app


def _start_values(settings: OpenAISettings) -> DeskValues:
    return DeskValues(
        seed=settings.seed,
        delay=settings.delay,
        failure_rate=settings.failure_rate,
        requests_per_minute=settings.requests_per_minute,
        tokens_per_minute=settings.tokens_per_minute,
    )


def _add_health(app: FastAPI, settings: OpenAISettings, loading: Loading) -> None:
    @app.get("/health", tags=["health"])
    async def health() -> JSONResponse:
        """Tell how far loading has come; `failed` answers 503."""
        loading.begin()
        status = loading.status
        body = {
            "status": status,
            "service": "mock-openai",
            "mode": settings.mode,
            "model": main_model(settings.mode).name,
        }
        return JSONResponse(body, 503 if status == "failed" else 200)


async def _nothing_else() -> None:
    """Nothing but the bill is stored here."""


async def _answer_api_error(request: Request, error: Exception) -> JSONResponse:
    del request
    return (error if isinstance(error, ApiError) else server_error()).answer()


async def _answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """Answer unknown paths, wrong methods and too large bodies in the provider's shape; `/_control` in its own."""
    if not isinstance(error, HTTPException):
        return server_error().answer()
    if request.url.path.startswith("/_control"):
        return JSONResponse({"detail": error.detail}, error.status_code)
    return ApiError(error.status_code, str(error.detail), headers=dict(error.headers or {})).answer()
