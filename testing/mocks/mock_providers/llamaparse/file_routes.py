"""The routes of files: `/api/v1/beta/files`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from mock_providers.llamaparse.file_store import FileFilters, Order, StoredFile
from mock_providers.llamaparse.presigned import PresignedLink
from mock_providers.llamaparse.results import file_view, link_view
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.uploads import external_id, form_schema, missing, store_upload

_PURPOSES = ("user_data", "parse", "extract", "classify", "split", "sheet", "agent_app")
_NOT_FOUND = 404
_DEFAULT_SECONDS = 3600
_LONGEST_SECONDS = 7 * 24 * 3600
_LARGEST_PAGE = 1000
_FORM: dict[str, dict[str, Any]] = {
    "purpose": {"type": "string", "enum": list(_PURPOSES)},
    "external_file_id": {"type": "string"},
    "file": {"type": "string", "format": "binary"},
}

Token = Annotated[int, Field(ge=0, le=sys.maxsize)]


class FileListQuery(BaseModel):
    """The query of the list."""

    expand: list[str] | None = None
    external_file_id: str | None = None
    file_ids: list[str] | None = None
    file_name: str | None = None
    order_by: Order = "created_at"
    page_size: Annotated[int, Field(ge=1, le=_LARGEST_PAGE)] = 50
    page_token: Token = 0


class FileFilter(BaseModel):
    """What the deprecated query chooses by; there is one project, and every file was uploaded by hand."""

    data_source_id: str | None = None
    external_file_id: str | None = None
    file_ids: list[str] | None = None
    file_name: str | None = None
    only_manually_uploaded: bool | None = None
    project_id: str | None = None


class FileQuery(BaseModel):
    """The body of the deprecated query."""

    filter: FileFilter | None = None
    order_by: Order | None = None
    page_size: Annotated[int, Field(ge=1)] | None = None
    page_token: Token | None = None


def file_routes(simulator: Simulator) -> APIRouter:
    """Return the router of files."""
    router = APIRouter(prefix="/api/v1/beta/files", tags=["files"])
    _add_list_routes(router, simulator)
    _add_file_routes(router, simulator)
    return router


def _add_list_routes(router: APIRouter, simulator: Simulator) -> None:
    async def listing(request: Request, query: FileListQuery) -> dict[str, Any]:
        filters = FileFilters(query.external_file_id, query.file_ids, query.file_name)
        found = await run_in_threadpool(
            simulator.files.listed, filters, query.order_by, query.page_token, query.page_size + 1
        )
        shown = found[: query.page_size]
        token = str(query.page_token + len(shown)) if len(found) > len(shown) else None
        links = "download_url" in (query.expand or ())
        items = [file_view(stored, _link(simulator, request, stored) if links else None) for stored in shown]
        return {"items": items, "next_page_token": token, "total_size": None}

    @router.get("")
    async def newest(request: Request, query: Annotated[FileListQuery, Query()]) -> dict[str, Any]:
        """List files, newest first unless another order is asked for."""
        return await listing(request, query)

    @router.post("/query")
    async def query(request: Request, body: FileQuery) -> dict[str, Any]:
        """List files, as the deprecated call does."""
        chosen = body.filter or FileFilter()
        return await listing(
            request,
            FileListQuery(
                external_file_id=chosen.external_file_id,
                file_ids=chosen.file_ids,
                file_name=chosen.file_name,
                order_by=body.order_by or "created_at",
                page_size=min(body.page_size or 50, _LARGEST_PAGE),
                page_token=body.page_token or 0,
            ),
        )


def _add_file_routes(router: APIRouter, simulator: Simulator) -> None:
    files = simulator.files

    @router.post("", openapi_extra=form_schema(_FORM, "purpose", "file"))
    async def upload(request: Request) -> Response:
        """Store a file (multipart `purpose`, `file`, optional `external_file_id`)."""
        async with request.form() as form:
            purpose = _checked_purpose(form.get("purpose"))
            spoiling = simulator.faults.strike("upload", (external_id(form) or "",))
            view = file_view(await store_upload(form, files, purpose))
        return await spoiling.answer(request, view)

    @router.get("/{file_id}")
    async def show(
        request: Request, file_id: str, expand: Annotated[list[str] | None, Query()] = None
    ) -> dict[str, Any]:
        """Show one file."""
        stored = await _existing(simulator, file_id)
        return file_view(stored, _link(simulator, request, stored) if "download_url" in (expand or ()) else None)

    @router.get("/{file_id}/content")
    async def content(
        request: Request,
        file_id: str,
        expires_at_seconds: Annotated[int, Query(ge=1, le=_LONGEST_SECONDS)] = _DEFAULT_SECONDS,
    ) -> dict[str, Any]:
        """Return the address where the bytes of a file can be downloaded without a key."""
        return link_view(_link(simulator, request, await _existing(simulator, file_id), expires_at_seconds))

    @router.delete("/{file_id}", status_code=204)
    async def delete(file_id: str) -> None:
        """Delete one file."""
        if not await run_in_threadpool(files.delete, file_id):
            raise HTTPException(_NOT_FOUND, "File not found")


async def _existing(simulator: Simulator, file_id: str) -> StoredFile:
    stored = await run_in_threadpool(simulator.files.find, file_id)
    if stored is None:
        raise HTTPException(_NOT_FOUND, "File not found")
    return stored


def _link(simulator: Simulator, request: Request, stored: StoredFile, seconds: int = _DEFAULT_SECONDS) -> PresignedLink:
    return simulator.presigner.link(str(request.base_url), f"files/{stored.file_id}", seconds)


def _checked_purpose(value: object) -> str:
    if value is None:
        raise missing("purpose")
    if value not in _PURPOSES:
        message = f"Input should be one of {', '.join(_PURPOSES)}"
        raise RequestValidationError(
            [{"type": "enum", "loc": ("body", "purpose"), "msg": message, "input": str(value)}]
        )
    return str(value)
