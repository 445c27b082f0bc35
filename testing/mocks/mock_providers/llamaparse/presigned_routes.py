"""The routes that presigned addresses lead to: the bytes of a file, and the files of a result."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, StreamingResponse

from mock_providers.llamaparse.presigned import PREFIX
from mock_providers.llamaparse.result_files import MEDIA_TYPES, result_pieces
from mock_providers.llamaparse.simulator import Simulator

_FORBIDDEN = 403
_NOT_FOUND = 404

Expires = Annotated[int, Query(ge=0, le=2**53)]


def presigned_routes(simulator: Simulator) -> APIRouter:
    """Return the router; the signature in the query stands for a key."""
    router = APIRouter(prefix=PREFIX, tags=["presigned"])

    def check(path: str, expires: int, signature: str) -> None:
        if not simulator.presigner.opens(path, expires, signature):
            raise HTTPException(_FORBIDDEN, "The address has expired or was changed. Ask for a new one.")

    @router.get("/files/{file_id}", response_class=FileResponse)
    async def file(file_id: str, expires: Expires, signature: str) -> FileResponse:
        """Download a stored file."""
        check(f"files/{file_id}", expires, signature)
        stored = await run_in_threadpool(simulator.files.find, file_id)
        if stored is None:
            raise HTTPException(_NOT_FOUND, "File not found")
        path = simulator.files.path(stored.sha256)
        return FileResponse(path, media_type="application/octet-stream", filename=stored.name)

    @router.get("/results/{job_id}/{name}", response_class=StreamingResponse)
    async def result(job_id: str, name: str, expires: Expires, signature: str) -> StreamingResponse:
        """Download one file of a result."""
        check(f"results/{job_id}/{name}", expires, signature)
        job = await run_in_threadpool(simulator.jobs.find, job_id)
        if job is None or name not in MEDIA_TYPES:
            raise HTTPException(_NOT_FOUND, "Result not found")
        pieces = result_pieces(name, simulator.pages.read(job.pages_of))
        return StreamingResponse(pieces, media_type=MEDIA_TYPES[name])

    return router
