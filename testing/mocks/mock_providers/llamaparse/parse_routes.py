"""The routes of parse jobs: `/api/v2/parse`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from mock_providers.llamaparse.call_faults import Spoiling
from mock_providers.llamaparse.configuration import ParseConfiguration
from mock_providers.llamaparse.job_store import OPEN, Job
from mock_providers.llamaparse.listing import ListQuery, job_listing
from mock_providers.llamaparse.results import PROJECT, asks_for_content, job_view, wrapped_result
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.submission import read_configuration_text, source_file, submit
from mock_providers.llamaparse.tiers import VERSIONS
from mock_providers.llamaparse.uploads import form_schema, missing, store_upload

_PIECE_BYTES = 64 * 1024
_BAD_REQUEST = 400
_NOT_FOUND = 404
_NOT_FAST = frozenset({"markdown", "markdown_full", "markdown_content_metadata"})
RESULT_LINK_SECONDS = 3600
UPLOAD_AND_PARSE = {
    "configuration": {"type": "string", "description": "The options of a parse as JSON"},
    "file": {"type": "string", "format": "binary"},
}


def parse_routes(simulator: Simulator) -> APIRouter:
    """Return the router of parse jobs."""
    router = APIRouter(prefix="/api/v2/parse", tags=["parse"])
    _add_submit_routes(router, simulator)
    _add_reading_routes(router, simulator)
    _add_ending_routes(router, simulator)
    return router


def _add_submit_routes(router: APIRouter, simulator: Simulator) -> None:
    @router.post("")
    async def parse(request: Request, options: ParseConfiguration) -> Response:
        """Parse a stored file (`file_id`) or one that is fetched (`source_url`)."""
        stored, plan = await source_file(simulator, options)
        job, spoiling = await submit(simulator, stored, options, plan=plan)
        return await spoiling.answer(request, job_view(job))

    @router.post("/upload", openapi_extra=form_schema(UPLOAD_AND_PARSE, "configuration", "file"))
    async def upload_and_parse(request: Request) -> Response:
        """Store and parse a file (multipart `configuration`, a JSON text, and `file`)."""
        async with request.form() as form:
            if "configuration" not in form:
                raise missing("configuration")
            options = read_configuration_text(form["configuration"])
            stored = await store_upload(form, simulator.files, "parse")
        job, spoiling = await submit(simulator, stored, options)
        return await spoiling.answer(request, job_view(job))


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
    async def show(request: Request, job_id: str, expand: Annotated[list[str] | None, Query()] = None) -> Response:
        """Show a job, wrapped, and the content that `expand` names (repeated, or with commas)."""
        wanted = frozenset(name.strip() for value in expand or () for name in value.split(","))
        content = asks_for_content(wanted)
        job, spoiling = await looked_up(simulator, job_id, "result" if content else "status")
        _check_expand(job, wanted, content)

        def link(name: str) -> str:
            path = f"results/{job_id}/{name}"
            return simulator.presigner.link(str(request.base_url), path, RESULT_LINK_SECONDS).url

        shown = wanted if job.status == "COMPLETED" else wanted - content
        return await spoiling.stream(request, _coalesced(wrapped_result(job, simulator.pages, shown, link)))


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


async def looked_up(simulator: Simulator, job_id: str, part: str) -> tuple[Job, Spoiling]:
    """Return a job whose `part` (`status` or `result`) is asked for, and what happens to the answer."""
    job = await run_in_threadpool(simulator.jobs.find, job_id)
    subjects = (job_id, part, *((job.document, job.sha256) if job else ()))
    spoiling = simulator.faults.strike("fetch", subjects)
    if job is None:
        raise HTTPException(_NOT_FOUND, "Parse job not found")
    return job, spoiling


async def _existing(simulator: Simulator, job_id: str) -> Job:
    job = await run_in_threadpool(simulator.jobs.find, job_id)
    if job is None:
        raise HTTPException(_NOT_FOUND, "Parse job not found")
    return job


def _check_expand(job: Job, wanted: frozenset[str], content: frozenset[str]) -> None:
    if job.tier == "fast" and wanted & _NOT_FAST:
        raise HTTPException(_BAD_REQUEST, "Markdown expansion is not available for FAST tier jobs.")
    if job.status in OPEN and content:
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
