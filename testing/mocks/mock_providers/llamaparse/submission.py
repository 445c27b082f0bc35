"""Taking a parse request in: its checks in the provider's order, its planned faults, the cache."""

from __future__ import annotations

import time
from typing import Any

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from mock_providers.llamaparse import fault_kinds
from mock_providers.llamaparse.configuration import ParseConfiguration
from mock_providers.llamaparse.failures import Reason
from mock_providers.llamaparse.file_store import StoredFile
from mock_providers.llamaparse.job_store import Job
from mock_providers.llamaparse.parsing_work import plan_broken_page
from mock_providers.llamaparse.simulator import Simulator

_SECONDS_PER_HOUR = 3600
_ERRORS: dict[str, tuple[int, Any]] = {
    # The real service sends no Retry-After here.
    "rate_limit": (429, "Rate limit exceeded. Please slow down your requests."),
    "payment_required": (402, "You've exceeded the maximum number of credits for your plan."),
    "server_error": (500, "Internal Server Error"),
    "unavailable": (503, "Service temporarily unavailable"),
}
_MENDED_BY_RETRY = ("rate_limit", "unavailable", "fail_job")


def read_configuration(value: object, *place: str) -> ParseConfiguration:
    """Return the checked options; raises 422 in FastAPI's shape, with `place` before each location."""
    try:
        return ParseConfiguration.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        located = [{**problem, "loc": ("body", *place, *problem["loc"])} for problem in problems]
        raise RequestValidationError(located) from error


def read_configuration_text(text: object) -> ParseConfiguration:
    """Return the checked options of the multipart part `configuration`, a JSON text."""
    try:
        return ParseConfiguration.model_validate_json(text if isinstance(text, str) else "")
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise HTTPException(400, "Invalid JSON in configuration") from error
        problems = error.errors(include_url=False, include_context=False)
        located = [{**problem, "loc": ("body", "configuration", *problem["loc"])} for problem in problems]
        raise RequestValidationError(located) from error


async def source_file(simulator: Simulator, options: ParseConfiguration) -> StoredFile:
    """Return the file that a JSON request names."""
    if options.source_url and options.file_id:
        raise HTTPException(400, "Only one of file_id and source_url may be given.")
    if options.source_url:
        raise HTTPException(400, "This simulator fetches no source_url. Upload the file and give its file_id.")
    if not options.file_id:
        raise HTTPException(400, "Either file_id or source_url must be given.")
    stored = await run_in_threadpool(simulator.files.find, options.file_id)
    if stored is None:
        raise HTTPException(404, "Source file not found in storage")
    return stored


async def submit(simulator: Simulator, stored: StoredFile, options: ParseConfiguration) -> Job:
    """Create the job, or play a fault; a job of the same bytes and options within the cache time is free."""
    _refuse_saved_configurations(options)
    plan = _planned_failure(simulator, stored)
    original = None if options.disable_cache or plan else await _cached(simulator, stored, options)
    job = await run_in_threadpool(simulator.jobs.create, stored.name, stored.sha256, stored.document, options, plan)
    simulator.sender.wake(job.job_id, len(options.hooks()))
    if original:
        return await simulator.runner.finish_from_cache(job, original)
    simulator.runner.start(job.job_id)
    return job


def _refuse_saved_configurations(options: ParseConfiguration) -> None:
    if options.configuration_id:
        raise HTTPException(404, "Configuration not found")
    if options.webhook_configuration_ids:
        raise HTTPException(404, "Webhook configuration not found")


def _planned_failure(simulator: Simulator, stored: StoredFile) -> str | None:
    """Play the faults of this submission: raise its HTTP error, or return the plan for its job."""
    control = simulator.control
    number = control.count("submit")
    subjects = (stored.document, stored.file_id, stored.sha256)
    if fault := control.fault("submit", number, fault_kinds.SUBMIT | fault_kinds.JOB, subjects):
        if fault.kind == "fail_page":
            return plan_broken_page(int(fault.number(1)))
        return _plan_or_raise(fault.kind, str(fault.value or Reason.TIMEOUT))
    if control.fails("submit", number):
        kinds = _MENDED_BY_RETRY
        return _plan_or_raise(kinds[int(control.draw("failure kind", number) * len(kinds))], Reason.TIMEOUT)
    return None


def _plan_or_raise(kind: str, reason: str) -> str:
    if kind in _ERRORS:
        status, detail = _ERRORS[kind]
        raise HTTPException(status, detail)
    return reason


async def _cached(simulator: Simulator, stored: StoredFile, options: ParseConfiguration) -> Job | None:
    oldest = time.time() - simulator.settings.cache_hours * _SECONDS_PER_HOUR
    return await run_in_threadpool(simulator.jobs.cached, stored.sha256, options.options_hash(), oldest)
