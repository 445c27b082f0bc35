"""Asks the parse provider for a document: uploaded once, identical options on every attempt, intent written first."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import httpx

from accessa.domain.errors import AccessaError, LeaseLostError
from accessa.domain.file_types import BY_MIME
from accessa.domain.ids import call_key, options_sha
from accessa.domain.job import Job
from accessa.domain.prices import credit_price, parse_credits
from accessa.domain.signatures import bearer_of
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.calling_off import keep_if_cancelled
from accessa.pipeline.deletion_remains import call_off_parse
from accessa.pipeline.finishing import finished
from accessa.pipeline.inspection import InspectionLimits, inspect_file
from accessa.pipeline.purchase import intend_purchase
from accessa.pipeline.services import Services
from accessa.pipeline.source import fetched_source
from accessa.providers.llamaparse import CLOCKS_DIFFER, ParseOptions, WebhookTarget
from accessa.settings import Settings
from accessa.store import ledger, parses
from accessa.store.effects import Effect
from accessa.store.ledger import PaidWork
from accessa.store.parses import ParseRun
from accessa.store.retried_effects import Result, Work

_LOCATOR_BYTES = 24


@dataclass(frozen=True, slots=True)
class Submission:
    """A parse the provider has accepted, and its time in seconds; `found_again` when the answer to it got lost."""

    provider_job_id: str
    deadline_seconds: float
    found_again: bool = False


def parse_options(settings: Settings) -> ParseOptions:
    """Return the options under which documents are parsed now."""
    parse = settings.parse
    return ParseOptions(parse.tier, parse.version, settings.upload.max_pages, parse.max_failed_page_ratio)


async def recorded_parse(job: Job, services: Services) -> tuple[str, int] | None:
    """Return (path, pages) of a parse of this document that has been bought before with the present options."""
    sha = present_options_sha(services.settings)
    return await parses.find_recorded_parse(services.database, job.document_id, services.parser.identity, sha)


def present_options_sha(settings: Settings) -> str:
    """Return the hash of the options under which documents are parsed now."""
    return options_sha(parse_options(settings).as_items())


async def submit(job: Job, services: Services) -> Submission:
    """Have the document parsed; the caller keeps the returned id in its next fenced transaction."""
    run = await present_run(job, services)
    if run is None or run.provider_file_id is None:
        run = await _upload(job, services)
    options = parse_options(services.settings)
    if found := await _accepted_before(job, services, run, options):
        return Submission(found, _deadline_seconds(run, services.settings), found_again=True)
    work = parse_work(run, services.settings, run.pages_expected or 0)
    failpoint("parse.before_intent")
    call_id = await intend_purchase(job, services, services.parse_gate, work)
    webhook = _webhook(run, services.settings)
    try:
        async with services.parse_gate.watched():
            provider_job_id = await services.parser.submit(str(run.provider_file_id), options, webhook)
    except AccessaError as error:
        await ledger.note_failure(services.database, [call_id], error)
        if error.provider_status == httpx.codes.NOT_FOUND:
            await _forget_file(job, services)
        raise
    failpoint("parse.after_call_before_commit")
    return Submission(provider_job_id, _deadline_seconds(run, services.settings))


def parse_work(run: ParseRun, settings: Settings, pages: int) -> PaidWork:
    """Return what a parse of so many pages buys; a file that has no pages before it is parsed is taken to have one."""
    parse = settings.parse
    price, estimate = credit_price(parse.price_per_credit_usd), parse_credits(parse.tier, pages or 1)
    return PaidWork(run.call_key, run.provider, "parse", parse.tier, pages, price, estimate)


async def _accepted_before(job: Job, services: Services, run: ParseRun, options: ParseOptions) -> str | None:
    """Look for a parse that was accepted though we never learned of it: asked for again while it runs, it costs twice.

    Only for a job that has kept no parse yet; one that the provider has lost or given up must be asked for anew.
    """
    if job.status is not Status.UPLOADED:
        return None
    since = await ledger.unanswered_since(services.database, job.job_id, run.call_key)
    if since is None:
        return None
    async with services.parse_gate.call():
        return await services.parser.find_parse(str(job.document_id), options, since - CLOCKS_DIFFER)


async def present_run(job: Job, services: Services) -> ParseRun | None:
    """Return the job's parse run; one of another provider, or with other options than now, counts as none."""
    run = await parses.find_parse_run(services.database, job.job_id)
    present = (services.parser.identity, present_options_sha(services.settings))
    return run if run is not None and (run.provider, run.options_sha) == present else None


async def keep(job: Job, services: Services, submission: Submission, then: Work[Result]) -> Result:
    """Keep the provider's id and the deadline of an accepted parse with its job, and do `then` in that transaction."""

    async def store(effect: Effect) -> Result:
        await services.parse_gate.succeeded(effect.connection)
        await parses.keep_provider_job(
            effect.connection, job.job_id, submission.provider_job_id, submission.deadline_seconds
        )
        if submission.found_again:
            await effect.event("note", "PARSE_FOUND_AGAIN", provider=services.parser.identity)
        return await then(effect)

    async def store_or_call_off() -> Result:
        try:
            return await services.effect(job, store, paid=True)
        except LeaseLostError:
            await call_off_parse(services, job, submission.provider_job_id)
            await keep_if_cancelled(services, job, submission.provider_job_id)
            raise

    # Whoever loses a job is cancelled for it at the same time, and must all the same call off what it has ordered.
    return await finished(store_or_call_off())


async def _forget_file(job: Job, services: Services) -> None:
    """Forget a file that the provider no longer keeps, so that the next attempt uploads it again."""
    async with services.fenced(job) as effect:
        await parses.keep_provider_file(effect.connection, job.job_id, None)


async def _upload(job: Job, services: Services) -> ParseRun:
    kind = BY_MIME[job.mime]
    async with fetched_source(job, services) as path:
        pages = None
        if kind.extension in {"pdf", "docx"}:
            pages = await inspect_file(path, job.mime, _limits(services.settings))
        await _open_run(job, services, pages)
        async with services.parse_gate.call():
            file_id = await services.parser.upload_file(
                path, external_id=str(job.document_id), extension=kind.extension, mime=kind.mime
            )
    failpoint("parse.after_file_upload")
    async with services.fenced(job) as effect:
        await parses.keep_provider_file(effect.connection, job.job_id, file_id)
    run = await parses.find_parse_run(services.database, job.job_id)
    assert run is not None  # noqa: S101 - the row was written above and goes only with its job
    return run


async def _open_run(job: Job, services: Services, pages: int | None) -> None:
    sha = present_options_sha(services.settings)
    async with services.fenced(job) as effect:
        await parses.open_parse_run(
            effect.connection,
            job,
            provider=services.parser.identity,
            options_sha=sha,
            call_key=call_key("parse", job.job_id, job.document_id, services.parser.identity, sha),
            locator=secrets.token_urlsafe(_LOCATOR_BYTES),
            pages=pages,
        )


def _webhook(run: ParseRun, settings: Settings) -> WebhookTarget:
    base = settings.api.public_url.rstrip("/")
    secret = settings.parse.webhook_secret.get_secret_value().split(",")[0].strip()
    return WebhookTarget(f"{base}/webhooks/llamaparse/{run.locator}", secret, bearer_of(secret, run.locator))


def _limits(settings: Settings) -> InspectionLimits:
    return InspectionLimits(settings.upload.max_pages, settings.upload.max_unpacked_mb * 1_000_000)


def _deadline_seconds(run: ParseRun, settings: Settings) -> float:
    return settings.parse.deadline_seconds + settings.parse.deadline_per_page_seconds * (run.pages_expected or 1)
