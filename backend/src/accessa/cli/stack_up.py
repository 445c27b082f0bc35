"""`accessa up`: the stack runs, and where."""

from __future__ import annotations

from typing import Literal

import typer

from accessa.cli.output import emit, note, say
from accessa.cli.services_table import service_row, show_services
from accessa.settings import load_settings
from accessa.settings.group import read_workers
from accessa.stack import status, up_as_containers
from accessa.stack import up as start

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa up --workers 2")
def up(
    workers: str | None = typer.Option(
        None,
        metavar="NUMBER|auto",
        help="Worker processes; default ACCESSA_WORKERS.",
    ),
    *,
    docker: bool = typer.Option(False, "--docker", help="Run the services as containers; see docker-compose.yml."),
    profiles: list[str] = typer.Option(
        [],
        "--profile",
        metavar="NAME",
        help="With --docker: mocks or real, storage-api or own-storage, observability; kept in .env.",
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a service, when all are healthy."),
) -> None:
    """Start the local stack, or say that it runs already.

    It stays in the background until `accessa down`. A port that is taken is replaced by the next free one.
    """
    settings = load_settings()
    tell = note if as_json else say
    if profiles and not docker:
        raise typer.BadParameter("--profile goes with --docker")
    if docker:
        notes = up_as_containers(settings, _number(workers), profiles, tell, quiet=as_json)
    else:
        notes = list(start(settings, _number(workers), tell).notes)
    services = status(settings)
    if as_json:
        for service in services:
            emit(service_row(service))
    else:
        show_services(services)
    for sentence in notes:
        tell(f"note: {sentence}")
    tell("next: accessa ingest FILE")


def _number(workers: str | None) -> int | Literal["auto"] | None:
    try:
        return read_workers(workers) if workers is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"--workers: {error}") from None
