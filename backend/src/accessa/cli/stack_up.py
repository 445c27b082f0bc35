"""`accessa up`: the stack runs, and where."""

from __future__ import annotations

from typing import Literal

import typer

from accessa.cli.output import emit, note, say
from accessa.cli.services_table import service_row, show_services
from accessa.settings import load_settings
from accessa.settings.group import read_workers
from accessa.stack import status
from accessa.stack import up as start

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa up --workers 2")
def up(
    workers: str | None = typer.Option(
        None,
        metavar="NUMBER|auto",
        help="Worker processes; default ACCESSA_WORKERS.",
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a service, when all are healthy."),
) -> None:
    """Start the local stack, or say that it runs already.

    It stays in the background until `accessa down`. A port that is taken is replaced by the next free one.
    """
    settings = load_settings()
    tell = note if as_json else say
    state = start(settings, _number(workers), tell)
    services = status(settings)
    if as_json:
        for service in services:
            emit(service_row(service))
    else:
        show_services(services)
    for sentence in state.notes:
        tell(f"note: {sentence}")
    tell("next: accessa ingest FILE")


def _number(workers: str | None) -> int | Literal["auto"] | None:
    try:
        return read_workers(workers) if workers is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"--workers: {error}") from None
