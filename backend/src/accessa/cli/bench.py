"""`accessa bench`: how fast the whole product is, beside the least work that could do the same."""

from __future__ import annotations

from pathlib import Path

import typer

from accessa.bench.baseline import TOLERANCE, ratios, read_baseline, worse, write_baseline
from accessa.bench.conditions import CONDITIONS, MEASUREMENTS
from accessa.bench.corpus import SEED
from accessa.bench.report import number
from accessa.bench.results import Results
from accessa.bench.suite import Plan, run_suite
from accessa.bench.targets import judge
from accessa.bench.writing import write_data, write_page
from accessa.cli.bench_views import bar_lines, bench_view
from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import emit, note, say
from accessa.cli.signals import ended_by_signals
from accessa.cli.tables import Column, Kind, table
from accessa.domain.errors import UsageError
from accessa.drill.ground import require_local
from accessa.settings import load_settings

app = typer.Typer(add_completion=False)

_QUICK_DOCUMENTS = 40
_BASELINE = Path("benchmarks/baseline.json")
_EVERYTHING = (*CONDITIONS, *MEASUREMENTS)


@app.command("bench", epilog="Example: accessa bench --quick")
def bench(
    *,
    quick: bool = typer.Option(False, "--quick", help="Only `main` with 40 documents: about a minute."),
    only: list[str] | None = typer.Option(
        None, metavar="NAME", help=f"Only this part; may be given again: {', '.join(_EVERYTHING)}."
    ),
    documents: int | None = typer.Option(None, min=1, max=100_000, help="Documents of each part; default: its own."),
    scale: float = typer.Option(1.0, min=0.001, max=100, help="Length of each document, times the usual one."),
    rounds: int = typer.Option(1, min=1, max=50, help="How often all is run; medians are told."),
    workers: int = typer.Option(1, min=1, max=32, help="Worker processes."),
    seed: int = typer.Option(SEED, help="Makes other documents of the same shapes."),
    results: Path | None = typer.Option(None, metavar="FOLDER", help="Also write results.json, a page and a chart."),
    baseline: Path = typer.Option(_BASELINE, metavar="FILE", help="The stored ratios to the raw reference."),
    gate: bool = typer.Option(False, "--gate", help="Fail when a ratio got worse than in the baseline."),
    tolerance: float = typer.Option(TOLERANCE, min=0, max=10, help="By how much it may be worse, as a share."),
    write: bool = typer.Option(False, "--write-baseline", help="Store the ratios as the new baseline."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object at the end."),
) -> ExitCode:
    """Measure upload and processing of whole documents on a stack of its own, and compare with the raw reference.

    After each run every row, vector and bill is looked at. The exit code is 0 when nothing was lost or stored twice,
    every promise holds and, with --gate, no ratio got worse.
    """
    settings = load_settings()
    require_local(settings)
    plan = Plan(
        parts=_parts(only, quick=quick),
        documents=documents or (_QUICK_DOCUMENTS if quick else None),
        scale=scale,
        rounds=rounds,
        workers=workers,
        seed=seed,
    )
    before = read_baseline(baseline) if gate else {}
    with ended_by_signals("the benchmark"), bench_view(as_json=as_json) as view:
        found = run_suite(settings, plan, view, lambda so_far: _keep(so_far, results))
    if write:
        write_baseline(baseline, found)
    losses = [*found.faults(), *worse(ratios(found), before, tolerance)]
    if as_json:
        emit({**found.as_json(), "ratios": ratios(found), "faults": losses})
    else:
        _tell(found)
    for line in losses:
        note(line)
    return ExitCode.FAILED if losses else ExitCode.OK


def _parts(only: list[str] | None, *, quick: bool) -> list[str]:
    if unknown := sorted(set(only or ()) - set(_EVERYTHING)):
        raise UsageError("USAGE_WRONG", f"There is no part {unknown[0]}; there are {', '.join(_EVERYTHING)}.")
    return only or (["main"] if quick else list(_EVERYTHING))


def _keep(results: Results, folder: Path | None) -> None:
    """Write what there is so far, so that an interruption keeps it."""
    if folder is not None:
        write_data(results, folder)
        write_page(results, folder)


def _tell(results: Results) -> None:
    for line in bar_lines(results):
        say(line)
    say("")
    columns = (Column("target", Kind.WORDS), Column("bound"), Column("measured"), Column("met"))
    rows = [
        (
            each.target.measure,
            f"{each.target.kind} {number(each.target.bound)} {each.target.unit}".strip(),
            f"{number(each.value)} {each.target.unit}".strip(),
            "yes" if each.met else "NO",
        )
        for each in judge(results)
        if each.value is not None
    ]
    table(columns, rows)
