"""`accessa documents`: what was uploaded, what became of it, and how it goes again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import typer

from accessa.cli.connection import ask_api
from accessa.cli.deletion import delete_all, is_agreed
from accessa.cli.document_page import tell_document
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import moment, money
from accessa.cli.output import emit, note, say
from accessa.cli.receipt import tell_receipt
from accessa.cli.tables import Column, Kind, table

app = typer.Typer(add_completion=False, no_args_is_help=True, epilog="Example: accessa documents list")

_COLUMNS = (
    Column("document"),
    Column("file", Kind.NAME),
    Column("status"),
    Column("pages", spare=2),
    Column("chunks", spare=3),
    Column("cost", spare=1),
    Column("uploaded", spare=4),
)


@app.callback()
def documents() -> None:
    """List documents, show one and its receipt, delete some."""


@app.command("list", epilog="Example: accessa documents list --limit 10")
def list_documents(
    user: UUID | None = typer.Option(None, help="The user whose documents are listed; default ACCESSA_USER_ID."),
    limit: int = typer.Option(50, min=1, max=500, help="Most documents shown, newest first."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a document."),
) -> None:
    """List the newest documents."""
    found = ask_api(lambda api: api.documents(limit), user)
    if as_json:
        for document in found:
            emit(document)
    elif found:
        table(_COLUMNS, [_cells(document) for document in found])
    else:
        note("There is no document yet; ingest one with: accessa ingest FILE")


@app.command("show", epilog="Example: accessa documents show 6d5e1e6e-0000-5000-8000-000000000001")
def show_document(
    document_id: UUID = typer.Argument(metavar="ID", help="Id of the document."),
    user: UUID | None = typer.Option(None, help="The user whose document it is; default ACCESSA_USER_ID."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Show all that is known of one document."""
    document = ask_api(lambda api: api.document(str(document_id)), user)
    if as_json:
        emit(document)
        return
    tell_document(document)


@app.command("receipt", epilog="Example: accessa documents receipt 6d5e1e6e-0000-5000-8000-000000000001")
def show_receipt(
    document_id: UUID = typer.Argument(metavar="ID", help="Id of the document, or of one of its jobs."),
    user: UUID | None = typer.Option(None, help="The user whose document it is; default ACCESSA_USER_ID."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> ExitCode:
    """Show what was made of a complete document and what it cost, held against the tables once more.

    The exit code is 1 when the tables do not hold any more what the receipt says.
    """
    receipt = ask_api(lambda api: api.receipt(str(document_id)), user)
    if as_json:
        emit(receipt)
    else:
        tell_receipt(receipt)
    return ExitCode.OK if receipt["holds"] else ExitCode.FAILED


@app.command("delete", epilog="Example: accessa documents delete 6d5e1e6e-0000-5000-8000-000000000001")
def delete_documents(
    identifiers: list[UUID] = typer.Argument(metavar="ID", help="Ids of documents, or of their jobs."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    user: UUID | None = typer.Option(None, help="The user whose documents they are; default ACCESSA_USER_ID."),
    as_json: bool = typer.Option(
        False, "--json", help="One JSON object a document: what was deleted and what is left."
    ),
) -> ExitCode:
    """Delete documents for good: file, text, passages, vectors, jobs, and the copies at the parse provider."""
    wanted = list(dict.fromkeys(str(identifier) for identifier in identifiers))
    if not yes and not is_agreed(wanted, user):
        say("nothing was changed")
        return ExitCode.FAILED
    return ask_api(lambda api: delete_all(api, wanted, as_json=as_json), user)


def _cells(document: dict[str, Any]) -> tuple[object, ...]:
    return (
        document["document_id"],
        document["filename"],
        document["status"],
        document["pages"],
        document["chunks"],
        money(document["cost_usd"]),
        moment(document["created_at"]),
    )
