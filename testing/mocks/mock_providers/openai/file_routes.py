"""The routes of files."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, Response

from mock_providers.openai import request_schemas
from mock_providers.openai.calls import Calls
from mock_providers.openai.errors import no_such_file
from mock_providers.openai.file_store import FileStore, StoredFile
from mock_providers.openai.file_uploads import store_upload
from mock_providers.openai.paging import page_of, unknown_cursor
from mock_providers.openai.subjects import Subjects

_MOST = 10_000


def file_routes(calls: Calls, files: FileStore) -> APIRouter:
    """Return the router."""
    router = APIRouter(prefix="/files", tags=["openai"])
    _add_collection(router, calls, files)
    _add_single(router, calls, files)
    return router


def _add_collection(router: APIRouter, calls: Calls, files: FileStore) -> None:
    @router.post("", openapi_extra=request_schemas.UPLOAD)
    async def upload(request: Request) -> Response:
        """Store a file."""

        async def work(_: int) -> Response:
            return JSONResponse((await store_upload(request, files)).view())

        return await calls.serve("files.create", Subjects(), work)

    @router.get("")
    async def listing(
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = _MOST,
        order: Literal["asc", "desc"] = "desc",
        purpose: str | None = None,
    ) -> Response:
        """List files, page by page."""

        async def work(_: int) -> Response:
            place = await run_in_threadpool(_place, files, after)
            found = await run_in_threadpool(files.page, limit + 1, place, purpose, ascending=order == "asc")
            return JSONResponse(page_of(found, limit))

        return await calls.serve("files.list", Subjects(), work)


def _add_single(router: APIRouter, calls: Calls, files: FileStore) -> None:
    @router.get("/{file_id}")
    async def show(file_id: str) -> Response:
        """Show one file."""

        async def work(_: int) -> Response:
            return JSONResponse((await _found(files, file_id)).view())

        return await calls.serve("files.retrieve", Subjects([file_id]), work)

    @router.get("/{file_id}/content")
    async def content(file_id: str) -> Response:
        """Return the bytes of a file."""

        async def work(_: int) -> Response:
            stored = await _found(files, file_id)
            return FileResponse(files.path(stored.file_id), media_type="application/octet-stream")

        return await calls.serve("files.content", Subjects([file_id]), work)

    @router.delete("/{file_id}")
    async def delete(file_id: str) -> Response:
        """Delete one file."""

        async def work(_: int) -> Response:
            if not await run_in_threadpool(files.delete, file_id):
                raise no_such_file(file_id)
            return JSONResponse({"id": file_id, "object": "file", "deleted": True})

        return await calls.serve("files.delete", Subjects([file_id]), work)


def _place(files: FileStore, after: str | None) -> int | None:
    if after is None:
        return None
    last = files.find(after)
    if last is None:
        raise unknown_cursor(after)
    return last.place


async def _found(files: FileStore, file_id: str) -> StoredFile:
    stored = await run_in_threadpool(files.find, file_id)
    if stored is None:
        raise no_such_file(file_id)
    return stored
