"""parse_queued → parsed: the text is fetched by our stored id and kept word for word."""

from __future__ import annotations

from contextlib import suppress

import httpx

from accessa.domain.errors import AccessaError, PermanentError, TransientError
from accessa.domain.file_types import BY_MIME, PDF
from accessa.domain.job import Job
from accessa.domain.prices import parse_credits
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Outcome, Step, Waiting
from accessa.pipeline.page_file import storable, store_pages
from accessa.pipeline.parse_submission import keep, parse_work, present_run, recorded_parse, submit
from accessa.pipeline.services import Services
from accessa.pipeline.source import SMALL_BYTES, own_text
from accessa.providers.llamaparse import ParseResult, ParseState
from accessa.store import ledger, parses
from accessa.store.effects import Effect, Facts
from accessa.store.ledger import PaidWork
from accessa.store.parses import ParseRun
from accessa.telemetry.metrics import PARSES_COLLECTED, PROVIDER_COST


async def collect_parse(job: Job, services: Services, desk: Desk) -> Outcome:
    """Take the text from the file itself, from an earlier purchase, or from the provider once it is done."""
    if not BY_MIME[job.mime].needs_parser:
        if job.bytes_len <= SMALL_BYTES:
            await desk.take_room(job.bytes_len)
            desk.pages = [await own_text(job, services)]
        return Step(job, Facts(parsed_path=job.raw_path))
    if known := await recorded_parse(job, services):
        return Step(job, Facts(parsed_path=known[0]))
    run = await present_run(job, services)
    if run is None or run.provider_job_id is None:
        return await _submit_again(job, services)
    if pause := _first_pause(run, services):
        return Waiting(pause)
    return await _look(job, services, desk, run, run.provider_job_id)


async def _submit_again(job: Job, services: Services) -> Outcome:
    submission = await submit(job, services)
    await keep(job, services, submission, _as_it_is)
    return Waiting(services.settings.parse.poll_seconds)


async def _as_it_is(effect: Effect) -> Job:
    return effect.job


def _first_pause(run: ParseRun, services: Services) -> float:
    """Return how long to leave a fresh parse to its webhook before the first look."""
    if run.notified or run.polls or run.seconds_since_submit is None:
        return 0.0
    return max(0.0, services.settings.parse.poll_seconds * 0.9 - run.seconds_since_submit)


async def _look(job: Job, services: Services, desk: Desk, run: ParseRun, provider_job_id: str) -> Outcome:
    async with services.fenced(job) as effect:
        await parses.note_poll(effect.connection, job.job_id)
        await services.parse_gate.enter(effect.connection, requests=0)
    result = await _fetch(job, services, provider_job_id)
    if result.state is ParseState.COMPLETED:
        return await _keep(job, services, desk, run, result)
    return await _wait_on(run, services, provider_job_id)


async def _fetch(job: Job, services: Services, provider_job_id: str) -> ParseResult:
    """Return the parse's state; one that the provider has lost or given up for a passing reason is forgotten.

    Then it is asked for again. An answer that merely got lost on the way changes nothing: the parse goes on.
    """
    try:
        async with services.parse_gate.watched():
            result = await services.parser.fetch(provider_job_id)
        await services.parse_gate.answered()
    except TransientError as error:
        if error.provider_status == httpx.codes.NOT_FOUND:
            await _forget(job, services)
        raise
    if isinstance(result.failure, TransientError):
        await _forget(job, services)
    if result.failure is not None:
        raise _reason_for(job, result.failure)
    return result


def _reason_for(job: Job, failure: AccessaError) -> AccessaError:
    """Return the failure as it fits the file: only pages of a PDF can be images that need OCR."""
    if failure.code == "NEEDS_OCR" and BY_MIME[job.mime] is not PDF:
        return PermanentError("PARSE_EMPTY", provider_body=failure.provider_body)
    return failure


async def _forget(job: Job, services: Services) -> None:
    async with services.fenced(job) as effect:
        await parses.forget_provider_job(effect.connection, job.job_id)


async def _wait_on(run: ParseRun, services: Services, provider_job_id: str) -> Waiting:
    if run.seconds_left is not None and run.seconds_left <= 0:
        with suppress(AccessaError):
            await services.parser.cancel(provider_job_id)
        raise PermanentError("PARSE_TIMEOUT")
    parse = services.settings.parse
    return Waiting(min(parse.poll_seconds * 2.0 ** min(run.polls, 16), parse.poll_max_seconds))


async def _keep(job: Job, services: Services, desk: Desk, run: ParseRun, result: ParseResult) -> Outcome:
    work = parse_work(run, services.settings, len(result.pages))
    if problem := _problem_of(result, services):
        async with services.fenced(job) as effect:
            spent = await _record(effect, work, result)
        _count(run, work, spent)
        raise problem
    failpoint("parse.after_result_before_storage")
    desk.pages = storable([page.markdown for page in result.pages])
    stored, sha256 = await store_pages(job, services, desk.pages)
    async with services.fenced(job) as effect:
        await parses.keep_result(effect.connection, job.job_id, stored, sha256, len(result.pages))
        if failed := _failed_pages(result):
            payload = {"pages": len(result.pages), "failed_pages": len(failed), "first": failed[0]}
            await effect.event("note", "PARSE_PARTIAL", payload, severity="warn", provider=run.provider)
        spent = await _record(effect, work, result)
        parsed = await effect.advance(Status.PARSED, parsed_path=stored)
    _count(run, work, spent)
    return parsed


def _count(run: ParseRun, work: PaidWork, spent: float) -> None:
    PARSES_COLLECTED.labels("webhook" if run.notified else "poll").inc()
    PROVIDER_COST.labels(work.provider, work.operation).inc(float(work.price.cost(spent)))


async def _record(effect: Effect, work: PaidWork, result: ParseResult) -> float:
    """Write down the credits that the provider tells, and those of its tier where it does not; return them."""
    call_id = await ledger.find_intent(effect, effect.job.job_id, work.call_key)
    spent = parse_credits(work.model, work.units) if result.credits is None else result.credits
    await ledger.record(effect, call_id, work, tokens=None, billed_units=spent)
    return spent


def _problem_of(result: ParseResult, services: Services) -> PermanentError | None:
    """Tell why a parse that was bought is of no use, if it is not."""
    if not result.pages:
        return PermanentError("PARSE_EMPTY")
    failed = _failed_pages(result)
    if len(failed) <= services.settings.parse.max_failed_page_ratio * len(result.pages):
        return None
    sentence = f"{len(failed)} of {len(result.pages)} pages could not be parsed (first: {failed[0]}); retry the job."
    return PermanentError("PARSE_INCOMPLETE", sentence)


def _failed_pages(result: ParseResult) -> list[int]:
    return [page.number for page in result.pages if page.error]
