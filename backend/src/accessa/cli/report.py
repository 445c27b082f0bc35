"""`accessa report`: how the pipeline performs, what holds it up, and what is to come."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import typer

from accessa.cli.audit_news import open_database
from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import emit, note
from accessa.cli.report_views import show_report
from accessa.cli.windows import read_window
from accessa.domain.addresses import is_loopback
from accessa.domain.errors import AccessaError
from accessa.observe.performance.evidence import Evidence, gather_evidence, keep_baseline
from accessa.observe.performance.report import as_json as report_row
from accessa.observe.performance.report import make_report
from accessa.settings import Settings, load_settings
from accessa.stack import home, settings_in_force

app = typer.Typer(add_completion=False, no_args_is_help=True)

_STATEMENT_SECONDS = 60


@app.callback(epilog="Example: accessa report performance --since 24h")
def report() -> None:
    """Report how the pipeline performs, what holds it up, and what is to come."""


@app.command("performance", epilog="Example: accessa report performance --since 24h --documents-per-day 50000")
def performance(
    *,
    since: str = typer.Option("1h", metavar="TIME", help="How far to look back, such as 90m, 24h or 7d."),
    documents_per_day: int | None = typer.Option(
        None, "--documents-per-day", min=1, metavar="N", help="Also tell how many workers so many documents need."
    ),
    keep: bool = typer.Option(False, "--keep-baseline", help="Make these times what later ones are compared with."),
    check: bool = typer.Option(False, "--check", help="Fail when a promised time or success rate was missed."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> ExitCode:
    """Report what stages and documents took, beside what they usually take and what was promised (SLA_* settings).

    Names the bottleneck with its evidence, and foresees backlog, workers and room; each line says on what it rests. The
    exit code is 0; with --check 1 when a promise was missed; 2 when the database does not answer.
    """
    window = read_window(since).total_seconds()
    settings = load_settings()
    try:
        evidence = asyncio.run(_look(settings, window, keep=keep))
    except AccessaError as error:
        note(f"{error.code}: {error.message}")
        return ExitCode.USAGE
    made = make_report(
        evidence, settings.service_level, documents_a_day=documents_per_day, room_bytes=_room(settings, evidence)
    )
    if as_json:
        emit(report_row(made))
    else:
        show_report(made)
    if keep:
        note(f"Kept as the baseline: {len(evidence.stages)} stages.")
    return ExitCode.FAILED if check and made.level.missed else ExitCode.OK


async def _look(settings: Settings, window: float, *, keep: bool) -> Evidence:
    database = open_database(settings)
    try:
        async with database.transaction() as connection:
            await connection.execute(f"SET LOCAL statement_timeout = '{_STATEMENT_SECONDS}s'")
            evidence = await gather_evidence(connection, window, settings.service_level)
            if keep:
                await keep_baseline(connection, evidence.stages)
            return evidence
    finally:
        await database.close()


def _room(settings: Settings, evidence: Evidence) -> float | None:
    """Return the bytes that may still be stored: of the setting, else of the disk when all lies on this machine."""
    stored = evidence.sizes["database_bytes"] + evidence.sizes["file_bytes"]
    if settings.service_level.disk_gb:
        return max(0.0, settings.service_level.disk_gb * 1e9 - float(stored))
    storage = settings_in_force(settings).storage.url
    folder = Path(home(settings))
    if not storage or not is_loopback(storage) or not folder.is_dir():
        return None
    return float(shutil.disk_usage(folder).free)
