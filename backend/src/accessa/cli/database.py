"""`accessa db`: the schema and its rows."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import typer

from accessa.cli.connection import database_url
from accessa.cli.database_backup import backup_database, restore_database
from accessa.cli.exit_codes import ExitCode
from accessa.cli.ingest import ingest_paths
from accessa.cli.local_only import place_on_this_machine, refuse_outside_local
from accessa.cli.output import emit, say
from accessa.cli.question import agrees
from accessa.cli.samples import samples_folder
from accessa.settings import load_settings
from accessa.store import migrate

app = typer.Typer(add_completion=False, no_args_is_help=True, epilog="Example: accessa db check")

_RESET = "A reset deletes every document"
_JSON = typer.Option(False, "--json", help="One JSON object.")


@app.callback()
def database() -> None:
    """Migrate, check, back up, restore, reset or fill the database.

    That is the one of the running stack; without one, or outside ENVIRONMENT=local, the one of DATABASE_URL.
    """


@app.command("migrate", epilog="Example: accessa db migrate")
def migrate_database(as_json: bool = _JSON) -> None:
    """Bring the schema to the one this version needs."""
    settings = load_settings()
    revision = migrate.upgrade(database_url(settings), environment=settings.runtime.environment)
    if as_json:
        emit({"revision": revision})
    else:
        say(f"the schema is at revision {revision}")


@app.command("check", epilog="Example: accessa db check")
def check_database(as_json: bool = _JSON) -> ExitCode:
    """Compare the live schema with the models; every difference is a line, and makes the exit code 1."""
    differences = migrate.differences(database_url(load_settings()))
    if as_json:
        emit({"equal": not differences, "differences": differences})
    else:
        for line in differences or ["schema equals the models"]:
            say(line)
    return ExitCode.FAILED if differences else ExitCode.OK


@app.command("reset", epilog="Example: accessa db reset --yes")
def reset_database(
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = _JSON,
) -> ExitCode:
    """Delete every document, job and vector, and build the schema anew; only in ENVIRONMENT=local."""
    settings = load_settings()
    refuse_outside_local(settings, _RESET)
    url = database_url(settings)
    place = place_on_this_machine(url, _RESET)
    if not yes and not agrees(f"Delete everything in {place}?", "to delete everything: accessa db reset --yes"):
        say("nothing was changed")
        return ExitCode.FAILED
    revision = migrate.reset(url).revision
    if as_json:
        emit({"revision": revision})
    else:
        say(f"{place} is empty, at revision {revision}")
    return ExitCode.OK


app.command("backup", epilog="Example: accessa db backup before.sql.gz")(backup_database)
app.command("restore", epilog="Example: accessa db restore before.sql.gz --yes")(restore_database)


@app.command("seed", epilog="Example: accessa db seed")
def seed_database(
    folder: Path | None = typer.Argument(
        None, metavar="[FOLDER]", readable=False, help="Default: the sample documents."
    ),
    user: UUID | None = typer.Option(None, help="The user whose documents these are; default ACCESSA_USER_ID."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a document, as each one ends."),
) -> ExitCode:
    """Ingest the sample documents of the checkout, or those of a folder."""
    return ingest_paths([folder or samples_folder()], user, as_json=as_json)
