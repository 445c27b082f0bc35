"""The routes of files: `/api/v1/beta/files`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError

from mock_providers.llamaparse.results import file_view
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.uploads import missing, store_upload

_PURPOSES = ("user_data", "parse", "extract", "classify", "split", "sheet", "agent_app")
_NOT_FOUND = 404


def file_routes(simulator: Simulator) -> APIRouter:
    """Return the router of files."""
    router = APIRouter(prefix="/api/v1/beta/files", tags=["files"])
    files = simulator.files

    @router.post("")
    async def upload(request: Request) -> dict[str, Any]:
        """Store a file (multipart `purpose`, `file`, optional `external_file_id`)."""
        async with request.form() as form:
            purpose = _checked_purpose(form.get("purpose"))
            return file_view(await store_upload(form, files, purpose))

    @router.get("")
    async def newest(
        external_file_id: str | None = None, page_size: Annotated[int, Query(ge=1, le=1000)] = 50
    ) -> dict[str, Any]:
        """List files, newest first."""
        found = await run_in_threadpool(files.newest, page_size, external_file_id)
        return {"items": [file_view(stored) for stored in found], "next_page_token": None, "total_size": len(found)}

    @router.get("/{file_id}")
    async def show(file_id: str) -> dict[str, Any]:
        """Show one file."""
        stored = await run_in_threadpool(files.find, file_id)
        if stored is None:
            raise HTTPException(_NOT_FOUND, "File not found")
        return file_view(stored)

    @router.delete("/{file_id}", status_code=204)
    async def delete(file_id: str) -> None:
        """Delete one file."""
        if not await run_in_threadpool(files.delete, file_id):
            raise HTTPException(_NOT_FOUND, "File not found")

    return router


def _checked_purpose(value: object) -> str:
    if value is None:
        raise missing("purpose")
    if value not in _PURPOSES:
        message = f"Input should be one of {', '.join(_PURPOSES)}"
        raise RequestValidationError(
            [{"type": "enum", "loc": ("body", "purpose"), "msg": message, "input": str(value)}]
        )
    return str(value)
