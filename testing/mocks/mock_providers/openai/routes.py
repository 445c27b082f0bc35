"""The routes of embeddings and models, and the one that tells vectors free of charge."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from mock_providers.openai import request_schemas
from mock_providers.openai.calls import Calls
from mock_providers.openai.embedding import EmbeddingService
from mock_providers.openai.errors import unknown_model
from mock_providers.openai.models import Model
from mock_providers.openai.subjects import Subjects

_CREATED = 1_705_948_997


def embedding_routes(calls: Calls, service: EmbeddingService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["openai"])

    @router.post("/embeddings", openapi_extra=request_schemas.EMBEDDING)
    async def embeddings(request: Request) -> Response:
        """Return one vector per input."""
        return await service.serve(await request.body(), request.state.request_id)

    @router.get("/models")
    async def models() -> Response:
        """List the models that are served."""

        async def work(_: int) -> Response:
            return JSONResponse({"object": "list", "data": [_view(model) for model in service.models.values()]})

        return await calls.serve("models.list", Subjects(), work)

    @router.get("/models/{name}")
    async def model(name: str) -> Response:
        """Show one model."""

        async def work(_: int) -> Response:
            if name not in service.models:
                raise unknown_model(name)
            return JSONResponse(_view(service.models[name]))

        return await calls.serve("models.retrieve", Subjects([name]), work)

    return router


def unbilled_routes(service: EmbeddingService) -> APIRouter:
    """Return the router of the control desk that tells vectors without a bill."""
    router = APIRouter(prefix="/_control", tags=["control"])

    @router.post("/embeddings", openapi_extra=request_schemas.EMBEDDING)
    async def unbilled_embeddings(request: Request) -> Response:
        """Return the right vectors: nothing is billed, counted, delayed or struck by faults."""
        return await service.serve_unbilled(await request.body())

    return router


def _view(model: Model) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": _CREATED, "owned_by": "system"}
