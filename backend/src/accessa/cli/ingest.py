"""`accessa ingest`: files and folders in, one outcome a path out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import typer

from accessa.cli.connection import LONG_PATIENCE_SECONDS, ask_api, open_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.file_choice import Choice, choose
from accessa.cli.file_names import as_text
from accessa.cli.ingest_progress import ProgressView
from accessa.cli.ingest_row import IngestRow, rejected
from accessa.cli.ingest_views import LinesView, View
from accessa.cli.ingestion import ingest as ingest_all
from accessa.cli.output import emit, note, on_terminal, say
from accessa.cli.price_estimate import estimate, tell_estimate, tell_price

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa ingest ~/policies notes.md --json")
def ingest(
    paths: list[Path] = typer.Argument(
        metavar="PATH", readable=False, help="Files, and folders to go through with all inside them."
    ),
    *,
    user: UUID | None = typer.Option(None, help="The user whose documents these are; default ACCESSA_USER_ID."),
    bulk: bool = typer.Option(
        False,
        "--bulk",
        help="Embed at half price through the provider's Batch API, within a day; tells the price first.",
    ),
    only_estimate: bool = typer.Option(
        False, "--estimate", help="Tell what it would cost in both lanes; nothing is uploaded or bought."
    ),
    low: bool = typer.Option(False, "--low-priority", help="Let all other work go first, also that of other users."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a path, as each one ends."),
) -> ExitCode:
    """Upload files and folders, and wait until each document is searchable or failed.

    The exit code is 0 when all are complete, 1 when some failed, 2 when no path leads to a file.
    """
    if only_estimate:
        return _estimate_paths(paths, user, as_json=as_json)
    return ingest_paths(paths, user, as_json=as_json, bulk=bulk, low=low)


def ingest_paths(
    paths: list[Path], user: UUID | None, *, as_json: bool, bulk: bool = False, low: bool = False
) -> ExitCode:
    """Ingest `paths` in the view that fits, and return the verdict."""
    choice = choose(paths)
    for sentence in choice.notes:
        note(sentence)
    if choice.nothing_found:
        return _tell_nothing(choice, as_json=as_json)
    try:
        rows = asyncio.run(_ingest(choice, user, as_json=as_json, bulk=bulk, low=low))
    except KeyboardInterrupt:
        note("Interrupted. What was uploaded goes on by itself; to see it: accessa jobs list")
        return ExitCode.INTERRUPTED
    return ExitCode.OK if all(row.complete for row in rows) else ExitCode.FAILED


def _estimate_paths(paths: list[Path], user: UUID | None, *, as_json: bool) -> ExitCode:
    """Tell the price of `paths`; those that cannot be read are named and left out."""
    choice = choose(paths)
    for sentence in choice.notes:
        note(sentence)
    if choice.nothing_found:
        return _tell_nothing(choice, as_json=as_json)
    for path, error in choice.refused:
        note(f"note: {as_text(path)} is left out, {error.code}: {error.message}")
    found = ask_api(lambda api: estimate(api, choice), user)
    if as_json:
        emit(found.as_json())
    else:
        for line in tell_estimate(found):
            say(line)
    return ExitCode.OK


async def _ingest(choice: Choice, user: UUID | None, *, as_json: bool, bulk: bool, low: bool) -> list[IngestRow]:
    async with open_api(user, LONG_PATIENCE_SECONDS) as api:
        if bulk:
            note(tell_price(await estimate(api, choice)))
        with _view(choice, as_json=as_json) as view:
            lane, priority = "bulk" if bulk else "interactive", "low" if low else "normal"
            return await ingest_all(api, choice, view, lane=lane, priority=priority)


def _view(choice: Choice, *, as_json: bool) -> View:
    if as_json or not on_terminal():
        return LinesView(as_json=as_json)
    return ProgressView(len(choice.files) + len(choice.refused))


def _tell_nothing(choice: Choice, *, as_json: bool) -> ExitCode:
    for path, error in choice.refused:
        if as_json:
            emit(rejected(path, error).as_json())
        note(f"{error.code}: {error.message}")
    return ExitCode.USAGE
