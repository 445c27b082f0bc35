"""`accessa providers`: whether calls go out to them, and if not, why and until when."""

from __future__ import annotations

from typing import Any

import typer

from accessa.cli.connection import ask_api
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import money, seconds
from accessa.cli.output import emit, note, say
from accessa.cli.tables import Column, table

app = typer.Typer(add_completion=False)

_COLUMNS = (
    Column("provider"),
    Column("calls"),
    Column("requests left", spare=1),
    Column("tokens left", spare=2),
    Column("calls in 24 h", spare=3),
    Column("spent in 24 h"),
)
_WORDS = {"closed": "go out", "open": "stopped", "half_open": "one tries"}


@app.command("providers", epilog="Example: accessa providers")
def show_providers(as_json: bool = typer.Option(False, "--json", help="One JSON object a provider.")) -> ExitCode:
    """Show whether calls to each provider go out, its rate limits, and what was spent.

    The exit code is 1 while calls to one of them are stopped, else 0.
    """
    rows = ask_api(lambda api: api.providers(), None)
    for row in rows if as_json else ():
        emit(row)
    if not as_json:
        _tell(rows)
    return ExitCode.OK if all(row["state"] == "closed" for row in rows) else ExitCode.FAILED


def _tell(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("no provider was called yet")
        return
    table(_COLUMNS, [_cells(row) for row in rows])
    for row in rows:
        if row["state"] != "closed":
            note(f"{row['provider']}: {row['sentence']} Next try in {seconds(row['probe_in_seconds'])}.")


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    paused = row["paused_for_seconds"]
    calls = f"pause {seconds(paused)}" if paused and row["state"] == "closed" else _WORDS[row["state"]]
    return (
        row["provider"],
        calls,
        _headroom(row["requests_left"], row["requests_per_minute"]),
        _headroom(row["tokens_left"], row["tokens_per_minute"]),
        row["calls_today"],
        money(row["spent_today_usd"]),
    )


def _headroom(left: float | None, limit: float | None) -> str:
    return "-" if left is None or limit is None else f"{max(0, int(left)):,} of {int(limit):,}"
