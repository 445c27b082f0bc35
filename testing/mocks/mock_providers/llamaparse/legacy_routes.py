"""The routes of API v1, below `/api/parsing` and `/api/v1/parsing`."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from mock_providers.llamaparse.job_store import Job
from mock_providers.llamaparse.legacy_form import read_legacy_form
from mock_providers.llamaparse.legacy_results import (
    legacy_details,
    legacy_parameters,
    legacy_result,
    legacy_status,
    legacy_text,
)
from mock_providers.llamaparse.parse_routes import looked_up
from mock_providers.llamaparse.result_files import json_bytes
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.source_url import is_fetchable
from mock_providers.llamaparse.submission import fetched_file, submit
from mock_providers.llamaparse.uploads import form_schema, store_upload

PREFIXES = ("/api/v1/parsing", "/api/parsing")
_NOT_FOUND = 404
_BAD_REQUEST = 400
_NO_RESULT = "Result not found. Check job status before asking for its result."
_TEXT = {"type": "string"}
_FORM = {
    "file": {"type": "string", "format": "binary"},
    **dict.fromkeys(
        (
            "input_url",
            "tier",
            "version",
            "parse_mode",
            "language",
            "target_pages",
            "max_pages",
            "do_not_cache",
            "invalidate_cache",
            "premium_mode",
            "fast_mode",
            "system_prompt",
            "user_prompt",
            "webhook_url",
            "webhook_configurations",
        ),
        _TEXT,
    ),
}

Kind = Literal["markdown", "text", "json"]
RawKind = Literal["markdown", "text"]
AbsentKind = Literal["structured", "pdf", "xlsx"]


def legacy_routes(simulator: Simulator) -> APIRouter:
    """Return the router, without a prefix."""
    router = APIRouter(tags=["v1"])
    _add_upload(router, simulator)
    _add_job_routes(router, simulator)
    _add_result_routes(router, simulator)
    return router


def _add_upload(router: APIRouter, simulator: Simulator) -> None:
    @router.post("/upload", openapi_extra=form_schema(_FORM))
    async def upload(request: Request) -> Response:
        """Store and parse a file, or fetch and parse `input_url`; the options are flat form fields."""
        async with request.form() as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            options = read_legacy_form(fields)
            push_url = fields.get("webhook_url") or None
            if push_url and not is_fetchable(push_url):
                raise HTTPException(_BAD_REQUEST, "webhook_url must be an http or https URL.")
            if fields.get("input_url") and "file" not in form:
                stored, plan = await fetched_file(simulator, fields["input_url"], "input_url")
            else:
                stored, plan = await store_upload(form, simulator.files, "parse"), None
        job, spoiling = await submit(simulator, stored, options, plan=plan, push_url=push_url)
        status = await run_in_threadpool(legacy_status, job, simulator.pages)
        return await spoiling.answer(request, {"id": job.job_id, "status": status["status"]})


def _add_job_routes(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/job/{job_id}")
    async def show(request: Request, job_id: str) -> Response:
        """Show the status of a job."""
        job, spoiling = await looked_up(simulator, job_id, "status")
        body = await run_in_threadpool(legacy_status, job, simulator.pages)
        return await spoiling.stream(request, iter([json_bytes(body)]))

    @router.get("/job/{job_id}/parameters")
    async def parameters(request: Request, job_id: str) -> Response:
        """Show what a job was asked for."""
        job, spoiling = await looked_up(simulator, job_id, "status")
        return await spoiling.stream(request, iter([json_bytes(legacy_parameters(job))]))

    @router.get("/job/{job_id}/details")
    async def details(request: Request, job_id: str) -> Response:
        """Show a job with its parameters and its cost."""
        job, spoiling = await looked_up(simulator, job_id, "status")
        body = await run_in_threadpool(legacy_details, job, simulator.pages)
        return await spoiling.stream(request, iter([json_bytes(body)]))


def _add_result_routes(router: APIRouter, simulator: Simulator) -> None:
    @router.get("/job/{job_id}/result/raw/{kind}")
    async def raw(job_id: str, kind: RawKind) -> PlainTextResponse:
        """Return the text of a result with nothing around it."""
        job, _ = await looked_up(simulator, job_id, "result")
        _check_result(job, kind)
        text = await run_in_threadpool(legacy_text, job, simulator.pages, kind)
        return PlainTextResponse(text.encode("utf-8", "replace"))

    @router.get("/job/{job_id}/result/{kind}")
    async def result(request: Request, job_id: str, kind: Kind | AbsentKind) -> Response:
        """Return a result; structured, PDF and XLSX results are never there."""
        job, spoiling = await looked_up(simulator, job_id, "result")
        _check_result(job, kind)
        body = await run_in_threadpool(legacy_result, job, simulator.pages, kind)
        return await spoiling.stream(request, iter([json_bytes(body)]))


def _check_result(job: Job, kind: str) -> None:
    if job.status != "COMPLETED" or kind not in {"markdown", "text", "json"}:
        raise HTTPException(_NOT_FOUND, _NO_RESULT)
    if job.tier == "fast" and kind == "markdown":
        raise HTTPException(_BAD_REQUEST, "Markdown expansion is not available for FAST tier jobs.")
