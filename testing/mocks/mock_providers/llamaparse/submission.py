"""Taking a parse request in: its checks in the provider's order, its planned faults, the cache."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from mock_providers.llamaparse import fault_kinds
from mock_providers.llamaparse.call_faults import Spoiling, refusal
from mock_providers.llamaparse.configuration import JobOptions, ParseConfiguration, Webhook
from mock_providers.llamaparse.failures import ParseFailureError
from mock_providers.llamaparse.file_store import StoredFile
from mock_providers.llamaparse.job_plans import JobPlan, failing
from mock_providers.llamaparse.job_store import Job, NewJob
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.source_url import is_fetchable, placeholder
from mock_providers.logs import present_correlation_id

_SECONDS_PER_HOUR = 3600
_HEAD_START_SECONDS = 1.0
"""How long the answer about a cached job waits for its webhooks, which the real service is known to send first."""
_EARLY_WEBHOOK_SECONDS = 10.0


def read_configuration_text(text: object) -> ParseConfiguration:
    """Return the checked options of the multipart part `configuration`, a JSON text."""
    try:
        return ParseConfiguration.model_validate_json(text if isinstance(text, str) else "")
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise HTTPException(400, "Invalid JSON in configuration") from error
        raise located(error, "configuration") from error


def located(error: ValidationError, *place: str) -> RequestValidationError:
    """Return the 422 of options that stand at `place` in the body."""
    problems = error.errors(include_url=False, include_context=False)
    return RequestValidationError([{**problem, "loc": ("body", *place, *problem["loc"])} for problem in problems])


async def source_file(simulator: Simulator, options: ParseConfiguration) -> tuple[StoredFile, JobPlan | None]:
    """Return the file that a JSON request names, and the plan of a job whose `source_url` gave none."""
    if options.source_url and options.file_id:
        raise HTTPException(400, "Only one of file_id and source_url may be given.")
    if options.source_url:
        return await fetched_file(simulator, options.source_url, "source_url")
    if not options.file_id:
        raise HTTPException(400, "Either file_id or source_url must be given.")
    stored = await run_in_threadpool(simulator.files.find, options.file_id)
    if stored is None:
        raise HTTPException(404, "Source file not found in storage")
    return stored, None


async def fetched_file(simulator: Simulator, url: str, field: str) -> tuple[StoredFile, JobPlan | None]:
    """Fetch a file; one that cannot be had fails its job, as with the real service, and not the request."""
    if not is_fetchable(url):
        raise HTTPException(400, f"{field} must be an http or https URL.")
    try:
        return await simulator.source.fetch(url), None
    except ParseFailureError as failure:
        return placeholder(url), failing(failure)


async def submit(
    simulator: Simulator,
    stored: StoredFile,
    options: ParseConfiguration,
    *,
    plan: JobPlan | None = None,
    push_url: str | None = None,
) -> tuple[Job, Spoiling]:
    """Create the job and tell what happens to the answer; raises the HTTP error of a planned refusal.

    A job of the same bytes and options within the cache time is completed at once, and free.
    """
    kept = JobOptions.model_validate(
        {
            **options.model_dump(exclude_none=True),
            "saved_webhooks": await _saved_webhooks(simulator, options),
            "push_url": push_url,
            "correlation_id": present_correlation_id(),
        }
    )
    subjects = (stored.document, stored.file_id, stored.sha256)
    spoiling = simulator.faults.strike("submit", subjects)
    plan = _planned(simulator, spoiling.call, subjects) or plan
    new = NewJob(
        name=stored.name,
        sha256=stored.sha256,
        document=stored.document,
        options=kept,
        plan=plan.text() if plan else None,
        own_pages=simulator.work.own_pages(stored.document, kept),
    )
    uncached = plan is not None or bool(options.disable_cache)
    oldest = None if uncached else time.time() - simulator.settings.cache_hours * _SECONDS_PER_HOUR
    job = await run_in_threadpool(simulator.jobs.create, new, oldest)
    return await _begin(simulator, job, spoiling), spoiling


async def _begin(simulator: Simulator, job: Job, spoiling: Spoiling) -> Job:
    """Start the work and the webhooks; return the job as the answer shows it."""
    simulator.sender.wake(job.job_id, len(job.options.hooks()))
    if job.cache_hit:
        await simulator.sender.settle(job.job_id, _HEAD_START_SECONDS)
        return job
    simulator.runner.start(job.job_id)
    if spoiling.kind == "webhook_before_answer":
        seconds = spoiling.number(_EARLY_WEBHOOK_SECONDS)
        await simulator.runner.wait_for(job.job_id, seconds)
        await simulator.sender.settle(job.job_id, seconds)
    return job


async def _saved_webhooks(simulator: Simulator, options: ParseConfiguration) -> list[Webhook]:
    if options.configuration_id:
        raise HTTPException(404, "Configuration not found")
    found = [
        await run_in_threadpool(simulator.webhook_configs.find, config_id)
        for config_id in options.webhook_configuration_ids or ()
    ]
    if None in found:
        raise HTTPException(404, "Webhook configuration not found")
    return [saved.webhook for saved in found if saved]


def _planned(simulator: Simulator, number: int, subjects: Sequence[str]) -> JobPlan | None:
    """Play the faults of job and failure rate on submission `number`: raise an HTTP error, or return a plan."""
    control = simulator.control
    if fault := control.fault("job", number, fault_kinds.JOB, subjects):
        return JobPlan.of_fault(fault)
    if not control.fails("submit", number):
        return None
    kinds = fault_kinds.MENDED_BY_RETRY
    kind = kinds[int(control.draw("failure kind", number) * len(kinds))]
    if kind in fault_kinds.REFUSALS:
        raise refusal(kind)
    return JobPlan(kind)
