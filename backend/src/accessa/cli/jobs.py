"""`accessa jobs`: where documents are on their way, why one failed, and another try."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import typer

from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import moment
from accessa.cli.job_story import tell_job
from accessa.cli.jobs_watching import watch
from accessa.cli.output import emit, note, say
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


@app.callback()
def jobs() -> None:
    """List jobs, follow them, see why one failed, try it again."""


@app.command("list", epilog="Example: accessa jobs list --status failed_parse")
def list_jobs(
    status: Status | None = typer.Option(None, help="Only jobs in this status.", show_choices=False),
    user: UUID | None = _USER,
    limit: int = typer.Option(50, min=1, max=500, help="Most jobs shown, newest first."),
    as_json: bool = _JSON,
) -> None:
    """List the newest jobs."""
    found = ask_api(lambda api: api.jobs(status.value if status else None, limit), user)
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
    job, events = ask_api(lambda api: _job_and_events(api, str(identifier)), user)
    if as_json:
        emit({**job, "events": events})
    else:
        tell_job(job, events)


@app.command("watch", epilog="Example: accessa jobs watch")
def watch_jobs(
    identifier: UUID | None = typer.Argument(None, metavar="[ID]", help="Id of a job or document; default all open."),
    user: UUID | None = _USER,
    as_json: bool = _JSON,
) -> ExitCode:
    """Follow one job, or all open ones, until each is complete or failed, or until Ctrl-C."""
    return ask_api(lambda api: watch(api, str(identifier) if identifier else None, as_json=as_json), user)


@app.command("retry", epilog="Example: accessa jobs retry 0b54f0c6-0000-4000-8000-000000000001")
def retry_job(identifier: UUID = _ID, user: UUID | None = _USER, as_json: bool = _JSON) -> None:
    """Start a new job for the document of a failed one; work that was paid for is used again."""
    receipt = ask_api(lambda api: api.retry(str(identifier)), user)
    if as_json:
        emit(receipt)
    else:
        say(f"Job {receipt['job_id']} is {receipt['status']}; follow it with: accessa jobs watch {receipt['job_id']}")


async def _job_and_events(api: Any, identifier: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return await api.job(identifier), await api.events(identifier)


def _cells(job: dict[str, Any]) -> tuple[object, ...]:
    error = job["error"]["code"] if job["error"] else None
    return job["job_id"], job["filename"], job["status"], job["pages"], job["chunks"], moment(job["created_at"]), error
