"""`accessa status`: how each service is."""

from __future__ import annotations

import asyncio

import typer

from accessa.cli.audit_news import audit_news
from accessa.cli.connection import open_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import emit, note, say
from accessa.cli.services_table import service_row, show_services
from accessa.cli.system_proof import look_at_system, system_row, told
from accessa.settings import load_settings
from accessa.stack import require_running
from accessa.stack import status as look

app = typer.Typer(add_completion=False)


@app.command("status", epilog="Example: accessa status --json")
def show_status(as_json: bool = typer.Option(False, "--json", help="One JSON object a service.")) -> ExitCode:
    """Show every service of the stack, and what documents wait for, such as a budget.

    Below is told whether documents are processed, as the last canary has proved, and what the last audit has found
    wrong. The exit code is 0 when all are healthy and nothing was found, 1 when not, 2 when the stack does not run.
    """
    settings = load_settings()
    require_running(settings)
    services = look(settings)
    readiness = look_at_system(settings, services)
    if as_json:
        for row in (*map(service_row, services), system_row(readiness)):
            emit(row)
    else:
        show_services(services)
        say(f"system {told(readiness)}")
        asyncio.run(_tell_what_waits())
    news = audit_news(settings)
    for sentence in news:
        note(sentence)
    well = readiness.state.is_well and all(service.healthy for service in services)
    return ExitCode.OK if well and not news else ExitCode.FAILED


async def _tell_what_waits() -> None:
    async with open_api(None, 0.0) as api:
        for sentence in await api.missing():
            note(f"note: {sentence}")
