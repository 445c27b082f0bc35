"""`accessa jobs`: where documents are on their way, why some failed, another try, and an end before their time."""

from __future__ import annotations

from uuid import UUID

import typer

from accessa.cli.api_client import ApiClient
from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.failed_jobs import tell_failed
from accessa.cli.figures import count, moment
from accessa.cli.job_story import Row, replay_of, tell_job
from accessa.cli.jobs_watching import watch
from accessa.cli.output import emit, note, say
from accessa.cli.retrying import RetryWish, check_choice, retry_many, retry_one
from accessa.cli.tables import Column, Kind, table
from accessa.domain.statuses import Status

app = typer.Typer(add_completion=False, no_args_is_help=True, epilog="Example: accessa jobs watch")

_USER = typer.Option(None, help="The user whose jobs they are; default ACCESSA_USER_ID.")
_ID = typer.Argument(metavar="ID", help="Id of the job, or of its document.")
_JSON = typer.Option(False, "--json", help="JSON objects, one a line.")

_COLUMNS = (
    Column("job"),
    Column("file", Kind.NAME),
    Column("status"),
    Column("pages", spare=2),
    Column("chunks", spare=3),
    Column("created", spare=4),
    Column("error", spare=1),
)


def _existing(status: str | None) -> str | None:
    if status is not None and status not in list(Status):
        raise typer.BadParameter(f"there is no status {status}; these exist: {', '.join(Status)}")
    return status


@app.callback()
def jobs() -> None:
    """List jobs, follow them, see why some failed, try them again, cancel one."""


@app.command("list", epilog="Example: accessa jobs list --status failed_parse")
def list_jobs(
    status: str | None = typer.Option(None, help="Only jobs in this status, such as failed_parse.", callback=_existing),
    user: UUID | None = _USER,
    limit: int = typer.Option(50, min=1, max=500, help="Most jobs shown, newest first."),
    as_json: bool = _JSON,
) -> None:
    """List the newest jobs."""
    found = ask_api(lambda api: api.jobs(status, limit), user)
    if as_json:
        for job in found:
            emit(job)
    elif found:
        table(_COLUMNS, [_cells(job) for job in found])
    else:
        note("There is no such job; ingest a document with: accessa ingest FILE")


@app.command("show", epilog="Example: accessa jobs show 0b54f0c6-0000-4000-8000-000000000001")
def show_job(identifier: UUID = _ID, user: UUID | None = _USER, as_json: bool = _JSON) -> None:
    """Show one job: every status it walked through with the time, its error, and what to do next."""
    job, events, replay = ask_api(lambda api: _story_of(api, str(identifier)), user)
    if as_json:
        emit({**job, "events": events, "replay": replay})
    else:
        tell_job(job, events, replay)


@app.command("watch", epilog="Example: accessa jobs watch")
def watch_jobs(
    identifier: UUID | None = typer.Argument(None, metavar="[ID]", help="Id of a job or document; default all open."),
    user: UUID | None = _USER,
    as_json: bool = _JSON,
) -> ExitCode:
    """Follow one job, or all open ones, until each is complete or failed, or until Ctrl-C."""
    return ask_api(lambda api: watch(api, str(identifier) if identifier else None, as_json=as_json), user)


@app.command("failed", epilog="Example: accessa jobs failed --json")
def show_failed(user: UUID | None = _USER, as_json: bool = _JSON) -> None:
    """Group what failed by its cause: how many, whether a retry can help, and what it would cost."""
    found = ask_api(lambda api: api.failed(), user)
    if as_json:
        for group in found["groups"]:
            emit(group)
    elif found["groups"]:
        tell_failed(found)
    else:
        note("Nothing has failed that was not tried again.")


@app.command("retry", epilog="Example: accessa jobs retry --code PARSE_TIMEOUT")
def retry_jobs(
    identifier: UUID | None = typer.Argument(None, metavar="[ID]", help="Id of the failed job, or of its document."),
    *,
    code: str | None = typer.Option(None, help="Retry every document that failed with this code."),
    every: bool = typer.Option(False, "--all", help="Retry every failed document that a retry may help."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask before many are retried."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Tell what would be retried and its price; change nothing."),
    user: UUID | None = _USER,
    as_json: bool = _JSON,
) -> ExitCode:
    """Start new jobs for failed documents; work that was paid for is used again."""
    check_choice(identifier, code, every)
    if identifier is not None:
        return retry_one(identifier, user, dry_run=dry_run, as_json=as_json)
    return retry_many(RetryWish(code and code.upper(), yes=yes, dry_run=dry_run, as_json=as_json), user)


@app.command("cancel", epilog="Example: accessa jobs cancel 0b54f0c6-0000-4000-8000-000000000001")
def cancel_job(identifier: UUID = _ID, user: UUID | None = _USER, as_json: bool = _JSON) -> ExitCode:
    """End a job that is on its way: nothing more is bought, what is stored is kept for a retry."""
    answer = ask_api(lambda api: api.cancel(str(identifier)), user)
    if as_json:
        emit(answer)
    else:
        how = "was cancelled before" if answer["cancelled_before"] else f"is cancelled, as {answer['status']}"
        say(f"Job {answer['job_id']} {how}; to start it again: accessa jobs retry {answer['job_id']}")
    if not answer["left_at_providers"]:
        return ExitCode.OK
    left = count(answer["left_at_providers"], "order")
    note(f"note: {left} not let go by a provider yet; to try again: accessa jobs cancel {answer['job_id']}")
    return ExitCode.FAILED


async def _story_of(api: ApiClient, identifier: str) -> tuple[Row, list[Row], Row | None]:
    job, events = await api.job(identifier), await api.events(identifier)
    return job, events, await replay_of(api, job)


def _cells(job: Row) -> tuple[object, ...]:
    error = job["error"]["code"] if job["error"] else None
    return job["job_id"], job["filename"], job["status"], job["pages"], job["chunks"], moment(job["created_at"]), error
