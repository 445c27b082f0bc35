"""`python -m benchmarks`: the product, the raw reference, other systems and queues; writes the page of results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from accessa.bench.baseline import write_baseline
from accessa.bench.conditions import CONDITIONS, MEASUREMENTS
from accessa.bench.program_run import Program
from accessa.bench.results import Results
from accessa.bench.suite import Plan, run_suite
from accessa.bench.writing import write_data, write_page
from accessa.cli.bench_views import bar_lines, bench_view
from accessa.cli.output import note, say
from accessa.cli.signals import ended_by_signals
from accessa.drill.ground import require_local
from accessa.settings import load_settings, process_environment
from accessa.stack.environment import machine_variables
from accessa.telemetry.silence import silent_logs
from benchmarks.catalogue import HERE, Entry, read_catalogue
from benchmarks.environments import USUAL_FOLDER, NotInstalledError, python_of
from benchmarks.queue_runs import run_queues

_EVERYTHING = [*CONDITIONS, *MEASUREMENTS]
_PAGES = HERE.parent / "docs" / "reference"
_ANY = typer.Option(None, metavar="NAME", help="Only this one; may be given again. Default: all that are not optional.")
_ONLY = typer.Option(_EVERYTHING, metavar="NAME", help="Only this part; may be given again.")


def bench(
    *,
    peer: list[str] | None = _ANY,
    queue: list[str] | None = _ANY,
    without_others: bool = typer.Option(False, help="Neither other systems nor queues."),
    with_pgai: bool = typer.Option(False, help="Also the optional systems, which take several GB."),
    environments: Path = typer.Option(USUAL_FOLDER, help="Where the other systems' environments are kept."),
    only: list[str] = _ONLY,
    documents: int | None = typer.Option(None, min=1, help="Documents of each part; default: its own."),
    scale: float = typer.Option(1.0, min=0.001, help="Length of each document, times the usual one."),
    rounds: int = typer.Option(2, min=1, help="How often all is run; medians are told."),
    workers: int = typer.Option(1, min=1, max=32, help="Worker processes of the product."),
    queue_jobs: int = typer.Option(10_000, min=10, help="Jobs of each queue."),
    pages: Path = typer.Option(_PAGES, help="Where the page of results and its chart go."),
    data: Path = typer.Option(HERE, help="Where results.json goes."),
    baseline: bool = typer.Option(False, help="Also store the ratios to the raw reference as the new baseline."),
) -> None:
    """Measure everything on stacks of their own, and write the page of results; the exit code tells of losses."""
    settings = load_settings()
    require_local(settings)
    absent: dict[str, str] = {}

    def keep(results: Results) -> None:
        results.settings["absent"] = absent
        write_page(results, pages)
        write_data(results, data)

    with ended_by_signals("the benchmark"), silent_logs(), bench_view(as_json=False) as view:
        peers, queues = (
            [] if without_others else list(_programs(kind, names, environments, absent, optional=with_pgai))
            for kind, names in (("peers", peer), ("queues", queue))
        )
        results = run_suite(settings, Plan(only, documents, scale, rounds, workers, programs=peers), view, keep)
        results.queues = run_queues(settings, queues, queue_jobs, view)
        keep(results)
    if baseline:
        write_baseline(HERE / "baseline.json", results)
    for line in bar_lines(results):
        say(line)
    faults = list(results.faults())
    for line in faults:
        note(line)
    raise typer.Exit(bool(faults))


def _programs(
    kind: str, names: list[str] | None, folder: Path, absent: dict[str, str], *, optional: bool
) -> Iterator[Program]:
    """Yield the programs that can be run, and tell in `absent` why others cannot."""
    environment = machine_variables(process_environment())
    for entry in read_catalogue(kind):
        if not _is_wanted(entry, names, optional=optional):
            continue
        note(f"{entry.title}: preparing its environment")
        try:
            python = python_of(entry, folder)
        except NotInstalledError as error:
            absent[entry.title] = str(error)
            note(f"{entry.title}: {error}")
            continue
        command = (str(python), str(entry.script))
        counts = (entry.count_sql, entry.sample_sql) if kind == "peers" else ("", "")
        yield Program(entry.title, command, environment, *counts, entry.endpoint)


def _is_wanted(entry: Entry, names: list[str] | None, *, optional: bool) -> bool:
    return entry.name in names if names else optional or not entry.optional


if __name__ == "__main__":
    typer.run(bench)
