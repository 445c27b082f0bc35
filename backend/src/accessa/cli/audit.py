"""`accessa audit`: every promise about what is stored, checked in the database itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import typer

from accessa.cli.audit_news import open_database
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import count
from accessa.cli.output import emit, note, say
from accessa.cli.tables import Column, Kind, table
from accessa.cli.windows import read_window
from accessa.domain.errors import AccessaError, UsageError
from accessa.settings import Settings, load_settings
from accessa.stack import settings_in_force
from accessa.store.audit import FILES_ARE_KEPT, Finding, Limits, documents_of, examine

app = typer.Typer(add_completion=False)

_COLUMNS = (Column(""), Column("check"), Column("seconds", spare=1), Column("promise", Kind.WORDS))


@app.command("audit", epilog="Example: accessa audit --since 24h")
def audit(
    as_json: bool = typer.Option(False, "--json", help="One JSON object a check."),
    *,
    since: str | None = typer.Option(None, metavar="TIME", help="Only jobs touched within, such as 90m, 24h or 7d."),
    check: list[str] | None = typer.Option(None, metavar="NAME", help="Only this check; may be given again."),
    at_rest: bool = typer.Option(False, "--at-rest", help="Also what holds only while nothing is under way."),
    objects: bool = typer.Option(False, "--objects", help="Also read every file of a document and compare its hash."),
    seconds: float = typer.Option(60.0, min=0.001, help="A check that takes longer has no verdict."),
) -> ExitCode:
    """Check every promise about what is stored, and name the rows that break one.

    It only reads, and in one snapshot, so documents may go on meanwhile. The exit code is 0 when every promise holds, 1
    when one is broken, 2 when it could not be told.
    """
    window = None if since is None else read_window(since)
    settings = settings_in_force(load_settings())
    limits = Limits(settings.worker.lease_seconds, settings.worker.max_crashes, seconds)
    try:
        findings, documents = asyncio.run(
            _examine(settings, window, check, at_rest=at_rest, objects=objects, limits=limits)
        )
    except UsageError:
        raise
    except AccessaError as error:
        note(f"{error.code}: {error.message}")
        return ExitCode.USAGE
    if as_json:
        for finding in findings:
            emit(_row(finding, documents))
    else:
        _tell(findings, documents)
    if any(finding.total for finding in findings):
        return ExitCode.FAILED
    return ExitCode.OK if all(finding.finished for finding in findings) else ExitCode.USAGE


async def _examine(
    settings: Settings,
    since: timedelta | None,
    names: Sequence[str] | None,
    *,
    at_rest: bool,
    objects: bool,
    limits: Limits,
) -> tuple[list[Finding], dict[str, UUID]]:
    database = open_database(settings)
    try:
        findings = await examine(database, since=since, names=names or None, at_rest=at_rest, limits=limits)
        if objects:
            from accessa.pipeline.kept_files import check_files  # noqa: PLC0415 - rarely asked for, slow to import

            try:
                findings.append(await check_files(settings, database, since=since))
            except AccessaError as error:
                # What the database has told stands, whether or not the storage answers.
                note(f"{error.code}: {error.message}")
                findings.append(Finding(FILES_ARE_KEPT, [], 0, finished=False))
        return findings, await documents_of(database, findings)
    finally:
        await database.close()


def _row(finding: Finding, documents: Mapping[str, UUID]) -> dict[str, object]:
    return {
        "check": finding.check.name,
        "holds": finding.holds,
        "finished": finding.finished,
        "total": finding.total,
        "rows": finding.rows,
        "rows_are": finding.check.rows,
        "documents": {row: str(documents[row]) for row in finding.rows if row in documents},
        "seconds": round(finding.seconds, 4),
        "promise": finding.check.promise,
        "mending": finding.check.mending,
    }


def _tell(findings: Sequence[Finding], documents: Mapping[str, UUID]) -> None:
    table(_COLUMNS, [_cells(finding) for finding in findings])
    for finding in findings:
        if finding.total:
            say("")
            say(f"{finding.check.name}: {count(finding.total, 'row')} ({finding.check.rows})")
            for row in finding.rows:
                say(f"  {row}, document {documents[row]}" if row in documents else f"  {row}")
            if finding.total > len(finding.rows):
                say(f"  and {finding.total - len(finding.rows):,} more")
            say(f"  {finding.check.mending}")
    say("")
    say(_summary(findings))


def _cells(finding: Finding) -> tuple[str, ...]:
    mark = "ok" if finding.holds else "BAD" if finding.total else "?"
    sentence = finding.check.promise if finding.finished else f"No verdict in time: {finding.check.promise}"
    return mark, finding.check.name, f"{finding.seconds:.2f}", sentence


def _summary(findings: Sequence[Finding]) -> str:
    seconds = sum(finding.seconds for finding in findings)
    broken = sum(bool(finding.total) for finding in findings)
    unfinished = sum(not finding.finished for finding in findings)
    head = f"{count(len(findings), 'check')} in {seconds:.1f} s: "
    if not broken and not unfinished:
        return f"{head}every promise holds"
    parts = [f"{broken} broken"] if broken else []
    if unfinished:
        parts.append(f"{unfinished} without a verdict; a longer time may help: --seconds 600, or a part: --since 24h")
    return head + ", ".join(parts)
