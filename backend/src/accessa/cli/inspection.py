"""`accessa inspect`: all that is known of one document, on one screen, whoever it belongs to."""

from __future__ import annotations

import asyncio
from uuid import UUID

import typer

from accessa.cli.audit_news import open_database
from accessa.cli.exit_codes import ExitCode
from accessa.cli.inspection_row import deleted_row, inspection_row
from accessa.cli.inspection_views import tell_deleted, tell_inspection
from accessa.cli.output import emit, note
from accessa.observe.document_inspection import DeletedInspection, Inspection, inspect
from accessa.pipeline.services import storage_client
from accessa.settings import Environment, Settings, load_settings
from accessa.stack import settings_in_force

app = typer.Typer(add_completion=False)


@app.command("inspect", epilog="Example: accessa inspect 6d5e1e6e-0000-5000-8000-000000000001 --text")
def inspect_document(
    identifier: UUID = typer.Argument(metavar="ID", help="Id of a document, a job or an upload (correlation id)."),
    text: bool = typer.Option(False, "--text", help="Also the beginning of each chunk; only in ENVIRONMENT=local."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> ExitCode:
    """Show one document of whomever: jobs, events, chunks, vectors, objects in the storage, and paid calls.

    It reads the database of the running stack, or outside ENVIRONMENT=local that of DATABASE_URL, and asks the storage
    for each object. The exit code is 1 when something is not as the rows say: an object is missing or of another size,
    a vector is zero, or the receipt does not hold.
    """
    settings = settings_in_force(load_settings())
    is_local = settings.runtime.environment is Environment.LOCAL
    if text and not is_local:
        note(f"note: in ENVIRONMENT={settings.runtime.environment} no text of a document is shown")
    found = asyncio.run(_look(settings, identifier, with_texts=text and is_local))
    if isinstance(found, DeletedInspection):
        row = deleted_row(found)
        tell = tell_deleted
    else:
        row = inspection_row(found)
        tell = tell_inspection
    if as_json:
        emit(row)
    else:
        tell(row)
    return ExitCode.FAILED if row["complaints"] else ExitCode.OK


async def _look(settings: Settings, subject: UUID, *, with_texts: bool) -> Inspection | DeletedInspection:
    database = open_database(settings)
    try:
        async with storage_client(settings.storage) as storage:
            return await inspect(database, storage, subject, with_texts=with_texts)
    finally:
        await database.close()
