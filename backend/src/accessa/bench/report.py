"""The results as a page of Markdown: what it ran on, what was compared, and which targets are met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accessa.bench.conditions import CONDITIONS
from accessa.bench.results import CEILING, OURS, Results, Run
from accessa.bench.targets import Verdict, judge

COLUMNS = (
    "system",
    "chunks/s",
    "docs/s",
    "client CPU",
    "PG CPU",
    "total CPU",
    "x reference",
    "peak RSS MB",
    "WAL KB/chunk",
    "requests",
)
_KB, _THOUSAND = 1000, 1000
_MISSING = "-"


def markdown(results: Results, chart: str = "") -> str:
    """Return the page; `chart` is the file of the chart beside it, if there is one."""
    return "\n".join(_lines(results, chart)) + "\n"


def _lines(results: Results, chart: str) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Written by `make bench`; [how it is measured](../how-to/measure.md). CPU is user and system seconds for"
    yield "1,000 chunks. Prefer CPU and ratios: what the clock says is this machine's, and of this hour."
    yield ""
    yield from _ground(results)
    if chart:
        yield from ("", f"![Chunks and CPU of each system]({chart})")
    yield from ("", "## Targets", "")
    yield from _targets(judge(results))
    for name in dict.fromkeys(run.condition for run in results.runs):
        count = max(run.documents for run in results.runs if run.condition == name)
        usual = f"; usual are {CONDITIONS[name].words}" if name in CONDITIONS else ""
        yield from ("", f"## {name}", "", f"Documents here: {count:,}{usual}.", "")
        yield from _condition(results, name)
    if results.figures:
        yield from ("", "## Other measurements", "")
        yield from table(
            ("measurement", "value", ""),
            [(each.name, value, number(amount)) for each in results.figures for value, amount in each.values.items()],
        )
    if results.queues:
        yield from ("", "## Queues", "")
        yield from _queues(results)


def _ground(results: Results) -> Iterator[str]:
    machine, settings = results.machine, results.settings
    yield f"- {machine['at']}: {machine['cpus']} CPUs ({machine['processor']}), {machine['memory_gib']} GiB,"
    load = f"{machine['load']} before and {machine.get('load_at_end', _MISSING)} after"
    yield f"  Python {machine['python']}, load {load}."
    postgres = settings.get("postgres", {})
    yield f"- Postgres {postgres.get('server_version', '')}: " + ", ".join(
        f"{name} {value}" for name, value in postgres.items() if name != "server_version"
    )
    tuned = ", ".join(f"{name}={value}" for name, value in settings.get("tuning", {}).items()) or "none"
    size = f"{settings['workers']} worker(s), {settings['rounds']} round(s), scale {settings['scale']}"
    yield f"- {size}; settings: {tuned}."
    for name, reason in settings.get("absent", {}).items():
        yield f"- Not measured: {name}, which {reason}."


def _targets(verdicts: Sequence[Verdict]) -> Iterator[str]:
    return table(
        ("target", "bound", "measured", "met"),
        [
            (
                each.target.measure,
                f"{each.target.kind} {number(each.target.bound)} {each.target.unit}".strip(),
                _MISSING if each.value is None else f"{number(each.value)} {each.target.unit}".strip(),
                {True: "yes", False: "**no**", None: _MISSING}[each.met],
            )
            for each in verdicts
        ],
    )


def _condition(results: Results, name: str) -> Iterator[str]:
    yield from table(COLUMNS, condition_rows(results, name))
    for run in results.runs:
        if run.condition == name and (run.note or run.findings):
            yield from ("", f"{run.system}, round {run.turn}: {'; '.join([run.note, *run.findings]).strip('; ')}")
    if uploads := [run.upload for run in results.of(OURS, name) if run.upload]:
        run, upload = results.of(OURS, name)[0], uploads[0]
        both = run.seconds + upload.seconds
        cpu = ", ".join(f"{group} {_per_thousand(seconds, run)}" for group, seconds in upload.cpu.items() if seconds)
        yield ""
        yield (
            f"Taking the documents in before that: {upload.seconds:.1f} s, CPU {cpu}. Both together: {both:.1f} s, "
            f"{number(run.documents / both)} docs/s. Others begin with files on disk, so the table compares processing."
        )
        yield _side_costs(run)


def _side_costs(run: Run) -> str:
    others = ", ".join(
        f"{group} {_per_thousand(seconds, run)}"
        for group, seconds in run.cpu.items()
        if group not in {"client", "postgres"} and seconds
    )
    return f"CPU of what it calls: {others}. Paid twice: {run.paid_twice}; lost: {run.lost}."


def condition_rows(results: Results, name: str) -> list[tuple[str, ...]]:
    """Return the rows of a condition's table, by speed."""
    systems = dict.fromkeys(run.system for run in results.runs if run.condition == name)
    ceiling = results.median(CEILING, name, lambda run: run.work_cpu)
    rows = [_row(results, system, name, ceiling) for system in systems]
    return [cells for _, cells in sorted(rows, key=lambda row: -row[0])]


def _row(results: Results, system: str, name: str, ceiling: float | None) -> tuple[float, tuple[str, ...]]:
    def median(value: str, *groups: str) -> float:
        return (
            results.median(system, name, lambda run: run.cpu_per_thousand(*groups) if groups else getattr(run, value))
            or 0.0
        )

    if not results.of(system, name):
        return -1.0, (system, *([_MISSING] * (len(COLUMNS) - 1)))
    speed, work = median("documents_per_second"), median("work_cpu")
    wal = results.median(system, name, lambda run: run.wal_bytes / _KB / run.chunks if run.chunks else 0.0) or 0.0
    return speed, (
        f"**{system}**" if system == OURS else system,
        number(median("chunks_per_second")),
        number(speed),
        number(median("", "client")),
        number(median("", "postgres")),
        number(work),
        number(work / ceiling) if ceiling else _MISSING,
        number(median("peak_mb")),
        number(wal),
        number(median("requests")),
    )


def _queues(results: Results) -> Iterator[str]:
    columns = tuple(dict.fromkeys(name for row in results.queues for name in row))
    return table(columns, [tuple(_cell(row.get(name)) for name in columns) for row in results.queues])


def _cell(value: object) -> str:
    return number(value) if isinstance(value, int | float) else _MISSING if value is None else str(value)


def _per_thousand(seconds: float, run: Run) -> str:
    return number(_THOUSAND * seconds / run.chunks) if run.chunks else _MISSING


def number(value: float) -> str:
    """Return a number with three digits that tell something."""
    if value == 0:
        return "0"
    if abs(value) >= 100:  # noqa: PLR2004 - from here on the digits before the point are enough
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
