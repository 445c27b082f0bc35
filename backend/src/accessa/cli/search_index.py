"""`accessa search-index`: which users' searches go through an index, how far each is filled, and what it finds."""

from __future__ import annotations

import asyncio
from typing import Any

import typer

from accessa.cli.audit_news import open_database
from accessa.cli.figures import count
from accessa.cli.output import emit, say
from accessa.cli.tables import Column, Kind, table
from accessa.settings import Settings, load_settings
from accessa.stack import settings_in_force
from accessa.store.search_recall import Recall, measure_recall
from accessa.store.search_report import IndexReport, list_indexes

app = typer.Typer(add_completion=False)

_COLUMNS = (
    Column("index"),
    Column("user"),
    Column("model", Kind.NAME),
    Column("vectors"),
    Column("copied"),
    Column("state"),
    Column("MB", spare=1),
)
Row = tuple[IndexReport, Recall | None]


@app.command("search-index", epilog="Example: accessa search-index --recall 50")
def show_indexes(
    *,
    recall: int = typer.Option(
        0, min=0, max=10_000, metavar="N", help="Ask each index for the neighbours of N passages, and compare."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object an index."),
) -> None:
    """Show whose searches go through an index, and how far it is filled.

    A user with SEARCH_INDEX_FROM vectors gets one, and the workers fill it beside their work; what is not in it yet is
    found all the same.
    """
    settings = settings_in_force(load_settings())
    rows = asyncio.run(_look(settings, recall))
    if as_json:
        for report, measured in rows:
            emit(_row(report, measured))
    elif rows:
        table(_COLUMNS, [_cells(report) for report, _ in rows])
        for report, measured in rows:
            if measured:
                say(_sentence(report, measured))
    else:
        say(_none(settings))


async def _look(settings: Settings, questions: int) -> list[Row]:
    database = open_database(settings)
    limit = settings.search.candidates
    try:
        return [
            (report, await measure_recall(database, report, questions=questions, limit=limit) if questions else None)
            for report in await list_indexes(database)
        ]
    finally:
        await database.close()


def _none(settings: Settings) -> str:
    if settings.search.index == "exact":
        return "There is no search index, as SEARCH_INDEX=exact: every search compares all vectors of its user."
    return (
        f"There is no search index: a user gets one with {settings.search.index_from:,} vectors; until then a search "
        "compares all of them."
    )


def _row(report: IndexReport, measured: Recall | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "index": report.index_id,
        "user_id": str(report.user_id),
        "model": report.kind.model,
        "version": report.kind.version,
        "provider": report.kind.provider,
        "dimensions": report.kind.dimensions,
        "vectors": report.vectors,
        "copied": report.copied,
        "documents": report.documents,
        "documents_complete": report.documents_complete,
        "built": report.built,
        "bytes": report.bytes,
    }
    if measured:
        row |= {
            "questions": measured.questions,
            "recall_of_first_10": round(measured.of_first, 4),
            "recall_of_all": round(measured.of_all, 4),
            "indexed_ms": round(measured.indexed_seconds * 1000, 2),
            "exact_ms": round(measured.exact_seconds * 1000, 2),
        }
    return row


def _cells(report: IndexReport) -> tuple[str, ...]:
    copied = f"{report.copied:,} ({report.share:.0%})"
    size = f"{report.bytes / 1e6:,.0f}"
    return (
        str(report.index_id),
        str(report.user_id),
        report.kind.model,
        f"{report.vectors:,}",
        copied,
        _state(report),
        size,
    )


def _state(report: IndexReport) -> str:
    if report.built:
        return "in use"
    return "filled first" if report.documents_complete < report.documents else "to be built"


def _sentence(report: IndexReport, measured: Recall) -> str:
    indexed, exact = measured.indexed_seconds * 1000, measured.exact_seconds * 1000
    return (
        f"index {report.index_id}, {count(measured.questions, 'question')}: finds {measured.of_first:.1%} of the "
        f"nearest 10 passages and {measured.of_all:.1%} of the nearest {measured.passages:,}, in {indexed:.1f} ms; "
        f"comparing all takes {exact:.1f} ms"
    )
