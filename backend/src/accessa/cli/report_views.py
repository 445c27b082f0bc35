"""The performance report as a person reads it."""

from __future__ import annotations

from rich.text import Text

from accessa.cli.figures import seconds
from accessa.cli.output import console, on_terminal, say
from accessa.cli.tables import Column, Kind, table
from accessa.observe.performance.report import Report, StageLine
from accessa.observe.performance.spans import told_span

_BAR_WIDTH = 60
_LEAST_SHARE = 0.01
_COLOURS = ("cyan", "magenta", "yellow", "green", "blue", "red", "white")
_STAGES = (
    Column("stage"),
    Column("runs"),
    Column("mean"),
    Column("p50"),
    Column("p95"),
    Column("share"),
    Column("waited", spare=2),
    Column("in front", spare=1),
    Column("trend", Kind.WORDS),
)
_LEVELS = (
    Column("size"),
    Column("complete"),
    Column("p50"),
    Column("p95"),
    Column("promise", Kind.WORDS),
)
_OUTLOOKS = (Column("of"), Column("foreseen", Kind.WORDS), Column("rests on", spare=1))


def show_report(report: Report) -> None:
    """Print the report in four parts, each with what it rests on."""
    flow = report.flow
    say(
        f"the last {told_span(report.window)}: {flow['arrived']:,} documents arrived, {flow['completed']:,} complete, "
        f"{flow['failed']:,} failed; {report.throughput:,.0f} an hour, {flow['unfinished']:,} unfinished"
    )
    _show_stages(report.stages)
    _heading("bottleneck")
    say(report.bottleneck.sentence)
    for sentence in report.bottleneck.evidence:
        say(f"  {sentence}")
    _heading("promises")
    _show_levels(report)
    _heading("forecast")
    table(_OUTLOOKS, [(outlook.name, outlook.sentence, outlook.rests_on) for outlook in report.outlooks])


def _heading(words: str) -> None:
    say("")
    say(words)


def _show_stages(lines: list[StageLine]) -> None:
    _heading("stages")
    if not lines:
        say("not enough data: no stage has run in this time")
        return
    if on_terminal():
        console().print(_bar(lines))
    table(_STAGES, [_cells(line) for line in lines])


def _bar(lines: list[StageLine]) -> Text:
    """Return one bar of all shares, and under it which colour is whose."""
    bar, legend = Text(), Text()
    for place, line in enumerate(line for line in lines if line.share >= _LEAST_SHARE):
        colour = _COLOURS[place % len(_COLOURS)]
        bar.append("█" * max(1, round(line.share * _BAR_WIDTH)), colour)
        legend.append(f"█ {line.time.stage} {line.share:.0%}  ", colour)
    return Text("\n").join([bar, legend])


def _cells(line: StageLine) -> tuple[str, ...]:
    time = line.time
    return (
        time.stage,
        f"{time.runs:,}",
        _short(time.mean),
        f"~{_short(time.p50)}",
        f"~{_short(time.p95)}",
        f"{line.share:.1%}",
        "-" if line.waited is None else seconds(line.waited),
        f"{line.waiting:,}",
        line.trend.sentence,
    )


def _short(duration: float) -> str:
    return f"{duration * 1000:.1f} ms" if duration < 1 else seconds(duration)


def _show_levels(report: Report) -> None:
    levels = report.level.levels
    rows = [
        (level.name, f"{level.completed:,}", seconds(level.p50), seconds(level.p95), level.sentence) for level in levels
    ]
    table(_LEVELS, rows)
    say(report.level.success.sentence)
    left_out = sum(level.own_fault for level in levels)
    if left_out:
        say(f"{left_out:,} left out, which failed for what the file is or because somebody wished it")
