"""`accessa search`: the passages that answer a question, best first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import typer
from rich.text import Text

from accessa.cli.connection import ask_api
from accessa.cli.figures import count, printable
from accessa.cli.output import console, emit, note, say
from accessa.cli.snippets import marked, snippet

app = typer.Typer(add_completion=False)

FIELDS = ("score", "document_id", "chunk_id", "filename", "page", "heading", "text")


@app.command(epilog="Example: accessa search 'is water damage covered' --limit 3")
def search(
    text: str = typer.Argument(metavar="TEXT", help="A question, or some words of the passage."),
    user: UUID | None = typer.Option(None, help="The user whose documents are searched; default ACCESSA_USER_ID."),
    limit: int = typer.Option(10, min=1, max=100, help="Most passages shown."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a passage, best first."),
) -> None:
    """Find the passages that answer a question.

    Each is shown with its file, page and heading, best first. Nothing found is no failure.
    """
    # A shell may hand over bytes that are no UTF-8; no document holds them either.
    question = text.encode("utf-8", "replace").decode()
    answer = ask_api(lambda api: api.search(question, limit), user)
    if skipped := answer["documents_skipped"]:
        note(f"note: {count(skipped, 'document')} could not be searched, for their vectors are of another model")
    if as_json:
        for result in answer["results"]:
            emit({field: result[field] for field in FIELDS})
    elif answer["results"]:
        _show(answer["results"], question)
    else:
        say(f"No passage was found in {count(answer['documents_searched'], 'document')}.")


def _show(results: list[dict[str, Any]], query: str) -> None:
    screen = console()
    for number, result in enumerate(results, 1):
        screen.print(Text(f"{number}. {place_of(result)}", style="bold"), Text(f"score {result['score']:.3f}"))
        screen.print(marked(f"   {snippet(result['text'], query)}", query))


def place_of(result: dict[str, Any]) -> str:
    """Return file, page and heading of a passage, so far as it has them."""
    parts = [result["filename"]]
    if result["page"] is not None:
        parts.append(f"page {result['page']}")
    if result["heading"]:
        parts.append(result["heading"])
    return printable(", ".join(parts))
