"""The routes of the OpenAI API, below `/v1` and below the root."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from mock_providers.bearer import bearer_key, key_accepted
from mock_providers.openai.embedding import EmbeddingService
from mock_providers.openai.errors import missing_key, unknown_model, wrong_key
from mock_providers.openai.models import Model

_VERSION = {"openai-version": "2020-10-01", "openai-organization": "mock-organization"}
_CREATED = 1_705_948_997


def api_routes(service: EmbeddingService, expected_key: str | None) -> APIRouter:
    """Return the router; every route asks for a bearer key."""

    async def check_key(authorization: Annotated[str | None, Header()] = None) -> None:
        key = bearer_key(authorization)
        if key is None:
            raise missing_key()
        if not key_accepted(key, expected_key):
            raise wrong_key()

    router = APIRouter(dependencies=[Depends(check_key)], tags=["openai"])

    @router.post("/embeddings")
    async def embeddings(request: Request) -> Response:
        """Return one vector per input."""
        started = time.perf_counter()
        body, limits = await service.serve(await request.body(), request.state.request_id)
        spent = str(int((time.perf_counter() - started) * 1000))
        return Response(
            body, media_type="application/json", headers={**_VERSION, **limits, "openai-processing-ms": spent}
        )

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """List the models that are served."""
        return {"object": "list", "data": [_view(model) for model in service.models.values()]}

    @router.get("/models/{name}")
    async def model(name: str) -> dict[str, Any]:
        """Show one model."""
        if name not in service.models:
            raise unknown_model(name)
        return _view(service.models[name])

    return router


def _view(model: Model) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": _CREATED, "owned_by": "system"}
