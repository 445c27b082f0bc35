"""The routes of parse jobs: `/api/v2/parse`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from mock_providers.llamaparse.job_store import OPEN, Job
from mock_providers.llamaparse.listing import ListQuery, job_listing
from mock_providers.llamaparse.results import CONTENT, PROJECT, job_view, wrapped_result
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.submission import read_configuration, read_configuration_text, source_file, submit
from mock_providers.llamaparse.tiers import VERSIONS
from mock_providers.llamaparse.uploads import missing, store_upload

_PIECE_BYTES = 64 * 1024
_BAD_REQUEST = 400
_NOT_FOUND = 404


def parse_routes(simulator: Simulator) -> APIRouter:
    """Return the router of parse jobs."""
    router = APIRouter(prefix="/api/v2/parse", tags=["parse"])
    _add_submit_routes(router, simulator)
    _add_reading_routes(router, simulator)
    _add_ending_routes(router, simulator)
    return router


def _add_submit_routes(router: APIRouter, simulator: Simulator) -> None:
    @router.post("")
    async def parse(body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        """Parse a stored file (`file_id`)."""
        options = read_configuration(body)
        return job_view(await submit(simulator, await source_file(simulator, options), options))

    @router.post("/upload")
    async def upload_and_parse(request: Request) -> dict[str, Any]:
        """Store and parse a file (multipart `configuration`, a JSON text, and `file`)."""
        async with request.form() as form:
            if "configuration" not in form:
                raise missing("configuration")
            options = read_configuration_text(form["configuration"])
            stored = await store_upload(form, simulator.files, "parse")
        return job_view(await submit(simulator, stored, options))


def _add_reading_routes(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/versions")
    async def versions() -> dict[str, Any]:
        """List the versions of each tier, newest first, and what `latest` stands for."""
        latest = {tier: dated[0] for tier, dated in VERSIONS.items()}
        return {**{str(tier): dated for tier, dated in VERSIONS.items()}, "latest": latest}

    @router.get("")
    async def newest(query: Annotated[ListQuery, Query()]) -> dict[str, Any]:
        """List jobs, newest first."""
        return await run_in_threadpool(job_listing, simulator.jobs, query)

    @router.get("/{job_id}")
    async def show(job_id: str, expand: Annotated[list[str] | None, Query()] = None) -> StreamingResponse:
        """Show a job, wrapped, and the content that `expand` names (repeated, or with commas)."""
        job = await _existing(simulator, job_id)
        wanted = frozenset(name.strip() for value in expand or () for name in value.split(","))
        _check_expand(job, wanted)
        pieces = _coalesced(
            wrapped_result(job, simulator.pages, wanted if job.status == "COMPLETED" else wanted - CONTENT)
        )
        return StreamingResponse(pieces, media_type="application/json")


def _add_ending_routes(router: APIRouter, simulator: Simulator) -> None:
    @router.post("/{job_id}/cancel")
    async def cancel(job_id: str) -> dict[str, Any]:
        """Cancel an open job."""
        return job_view(await simulator.runner.cancel(await _existing(simulator, job_id)))

    @router.delete("/{job_id}")
    async def delete(job_id: str) -> dict[str, Any]:
        """Delete a finished job and its result."""
        job = await _existing(simulator, job_id)
        if job.status in OPEN:
            raise HTTPException(_BAD_REQUEST, "Only a finished job can be deleted. Cancel it first.")
        await run_in_threadpool(simulator.jobs.delete, job_id)
        return {"id": job_id, "project_id": PROJECT}


async def _existing(simulator: Simulator, job_id: str) -> Job:
    job = await run_in_threadpool(simulator.jobs.find, job_id)
    if job is None:
        raise HTTPException(_NOT_FOUND, "Parse job not found")
    return job


def _check_expand(job: Job, wanted: frozenset[str]) -> None:
    if job.tier == "fast" and wanted & {"markdown", "markdown_full"}:
        raise HTTPException(_BAD_REQUEST, "Markdown expansion is not available for FAST tier jobs.")
    if job.status in OPEN and wanted & CONTENT:
        raise HTTPException(_NOT_FOUND, "Result not found. Check job status before asking for its result.")


def _coalesced(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join small pieces, so that each step over to the event loop carries a good load."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= _PIECE_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)
