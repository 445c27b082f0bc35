"""`accessa profile`: where the time of a running worker goes."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import typer

from accessa.cli.audit_news import open_database
from accessa.cli.output import note, say
from accessa.cli.tables import Column, Kind, table
from accessa.domain.errors import UsageError
from accessa.observe.performance.profiling import Hotspot, find_profiler, record
from accessa.settings import Settings, load_settings
from accessa.stack import WorkerProcess, is_running, worker_processes
from accessa.store.statements import load

app = typer.Typer(add_completion=False, no_args_is_help=True)

_SHOWN = 15
_ALIVE_SECONDS = 15.0
_COLUMNS = (Column("own"), Column("total"), Column("function", Kind.NAME))


@app.callback(epilog="Example: accessa profile worker --seconds 30")
def profile() -> None:
    """Look into a running worker, and draw where its time goes."""


@app.command("worker", epilog="Example: accessa profile worker --seconds 30 -o worker.svg")
def profile_worker(
    *,
    seconds: float = typer.Option(10.0, min=1, max=3600, help="For how long to look."),
    worker: str | None = typer.Option(None, metavar="NAME", help="Which one, where several work on this machine."),
    output: Path = typer.Option(Path("worker-profile.svg"), "--output", "-o", help="Where the flame graph goes."),
) -> None:
    """Sample a worker of this machine while it works, draw a flame graph, and list the functions that ran most.

    It goes on working meanwhile, a few per cent slower. Needs py-spy, and on macOS sudo. Only names of functions are
    seen, no text of documents.
    """
    settings = load_settings()
    chosen = _choose(_workers_here(settings), worker)
    profiler = chosen.profiler or (find_profiler(),)
    note(f"Looking into {chosen.name} (process {chosen.pid}) for {seconds:g} s.")
    _show(record(chosen.pid, duration=seconds, drawing=output, profiler=profiler))
    say(f"flame graph: {output}")


def _workers_here(settings: Settings) -> list[WorkerProcess]:
    """Return the workers of the running stack, else those of this machine that the database knows to be alive."""
    return worker_processes(settings) if is_running(settings) else asyncio.run(_known_workers(settings))


async def _known_workers(settings: Settings) -> list[WorkerProcess]:
    database = open_database(settings)
    try:
        async with database.connection() as connection:
            rows: list[Any] = await connection.fetch(load("list_workers"), _ALIVE_SECONDS, _ALIVE_SECONDS, 0)
    finally:
        await database.close()
    here = [row for row in rows if row["alive"] and row["host"] == socket.gethostname()]
    return sorted((WorkerProcess(row["worker_id"], row["pid"]) for row in here), key=lambda found: found.name)


def _choose(workers: list[WorkerProcess], wanted: str | None) -> WorkerProcess:
    if wanted is None and workers:
        return workers[0]
    for worker in workers:
        if wanted == worker.name:
            return worker
    known = ", ".join(worker.name for worker in workers) or "none"
    raise UsageError("WORKER_NOT_HERE", f"No such worker works on this machine; there is: {known}.")


def _show(spots: list[Hotspot]) -> None:
    if not spots:
        note("It did nothing in this time; look while documents go in.")
        return
    table(_COLUMNS, [(f"{spot.own:.1%}", f"{spot.total:.1%}", spot.function) for spot in spots[:_SHOWN]])
