"""`accessa costs`: what was spent, by day, document or model."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import typer

from accessa.cli.connection import ask_api
from accessa.cli.figures import money
from accessa.cli.output import emit, note, say
from accessa.cli.tables import Column, Kind, table
from accessa.domain.errors import UsageError

app = typer.Typer(add_completion=False)


class By(StrEnum):
    """What costs are summed up by."""

    DAY = "day"
    DOCUMENT = "document"
    MODEL = "model"


_KEYS = {
    By.DAY: (Column("day"),),
    By.DOCUMENT: (Column("document"), Column("file", Kind.NAME)),
    By.MODEL: (Column("provider"), Column("model")),
}
_FIGURES = (
    Column("calls", spare=3),
    Column("units", spare=1),
    Column("tokens", spare=2),
    Column("cost"),
    Column("unsure"),
)


@app.command("costs", epilog="Example: accessa costs --by document --since 2026-11-01")
def show_costs(
    by: By = typer.Option(By.DAY, help="What to sum up by."),
    since: str | None = typer.Option(
        None, metavar="DAY", help="First day, of UTC, such as 2026-11-01; 30 days ago unless given."
    ),
    user: UUID | None = typer.Option(None, help="The user whose costs they are; default ACCESSA_USER_ID."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a row."),
) -> None:
    """Show what was spent, by day, document or model.

    Deleted documents are included, under their id alone.

    `unsure` are the estimates of calls under way, and of those of which nobody knows whether they were billed.
    """
    first = _day(since) if since is not None else None
    costs = ask_api(lambda api: api.costs(by.value, first), user)
    rows = costs["rows"]
    if as_json:
        for row in rows:
            emit({name: value for name, value in row.items() if value is not None})
    elif rows:
        table((*_KEYS[by], *_FIGURES), [(*_key(by, row), *_figures(row)) for row in rows])
        say(f"since {costs['since']}: {money(_sum(rows, 'cost_usd'))}{_unsure(_sum(rows, 'unsure_usd'))}")
    else:
        note(f"Nothing was bought since {costs['since']}.")


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass  # such as 30 February
    raise UsageError("USAGE_WRONG", f"{text} is no day; write it as year, month and day, like 2026-11-01.")


def _key(by: By, row: dict[str, Any]) -> tuple[object, ...]:
    if by is By.DAY:
        return (row["day"],)
    if by is By.DOCUMENT:
        return row["document_id"], row["filename"] or "(deleted)"
    return row["provider"], row["model"]


def _figures(row: dict[str, Any]) -> tuple[object, ...]:
    figures = (f"{row[name]:,}" for name in ("calls", "units", "tokens"))
    return (*figures, money(row["cost_usd"]), money(row["unsure_usd"]))


def _sum(rows: list[dict[str, Any]], name: str) -> float:
    return float(sum(row[name] for row in rows))


def _unsure(usd: float) -> str:
    return f", and {money(usd)} that may have been billed" if usd else ""
