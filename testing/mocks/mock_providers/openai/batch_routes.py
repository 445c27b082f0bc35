"""The routes of batches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from mock_providers.openai import request_schemas
from mock_providers.openai.batch_service import BatchService
from mock_providers.openai.calls import Calls
from mock_providers.openai.paging import page_of
from mock_providers.openai.subjects import Subjects

_MOST = 100


def batch_routes(calls: Calls, batches: BatchService) -> APIRouter:
    """Return the router."""
    router = APIRouter(prefix="/batches", tags=["openai"])

    @router.post("", openapi_extra=request_schemas.BATCH)
    async def create(request: Request) -> Response:
        """Create a batch out of an uploaded file."""
        body = await request.body()

        async def work(number: int) -> Response:
            return JSONResponse((await batches.create(body, number)).view())

        return await calls.serve("batches.create", Subjects(), work)

    @router.get("")
    async def listing(after: str | None = None, limit: Annotated[int, Query(ge=1, le=_MOST)] = 20) -> Response:
        """List batches, newest first, page by page."""

        async def work(_: int) -> Response:
            return JSONResponse(page_of(await batches.newest(limit + 1, after), limit))

        return await calls.serve("batches.list", Subjects(), work)

    @router.get("/{batch_id}")
    async def show(batch_id: str) -> Response:
        """Show one batch."""

        async def work(_: int) -> Response:
            return JSONResponse((await batches.find(batch_id)).view())

        return await calls.serve("batches.retrieve", Subjects([batch_id]), work)

    @router.post("/{batch_id}/cancel")
    async def cancel(batch_id: str) -> Response:
        """Begin to cancel a batch."""

        async def work(_: int) -> Response:
            return JSONResponse((await batches.cancel(batch_id)).view())

        return await calls.serve("batches.cancel", Subjects([batch_id]), work)

    return router
