"""The ingest on a terminal: one bar over all, one a document at work, and a table at the end."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from accessa.cli.figures import count, printable
from accessa.cli.file_names import as_text
from accessa.cli.ingest_row import IngestRow
from accessa.cli.output import console
from accessa.cli.shortening import shortened
from accessa.cli.tables import Column, Kind, table
from accessa.cli.walk import STEPS, steps_done, where

_DOCUMENTS_SHOWN = 8
_NAME_WIDTH = 40
_COLUMNS = (
    Column("file", Kind.NAME),
    Column("status"),
    Column("pages"),
    Column("chunks", spare=2),
    Column("cost", spare=1),
    Column("outcome", Kind.WORDS),
)


class ProgressView:
    """Draws bars while documents move, and a table when all have ended."""

    def __init__(self, total: int) -> None:
        """Prepare for `total` paths; nothing is drawn yet."""
        self._rows: list[IngestRow] = []
        self._total = total
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
            console=console(),
            transient=True,
        )
        self._overall = self._progress.add_task("all documents", total=total, state=f"0 of {total}")

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Replace the bars by the table of outcomes."""
        self._progress.stop()
        table(_COLUMNS, [_cells(row) for row in self._rows])

    def uploaded(self, path: Path, receipt: dict[str, Any]) -> None:
        """Give the document a bar while there is room."""
        job_id = receipt["job_id"]
        if job_id not in self._bars and len(self._bars) < _DOCUMENTS_SHOWN:
            name = shortened(printable(as_text(path.name)), _NAME_WIDTH)
            self._bars[job_id] = self._progress.add_task(name, total=STEPS, state=receipt["status"])

    def looked(self, job: dict[str, Any]) -> None:
        """Move the document's bar."""
        if (bar := self._bars.get(job["job_id"])) is not None:
            self._progress.update(bar, completed=steps_done(job), state=where(job))

    def row(self, row: IngestRow) -> None:
        """Count the outcome, and give the document's place to the next."""
        self._rows.append(row)
        if row.job_id and (bar := self._bars.pop(row.job_id, None)) is not None:
            self._progress.remove_task(bar)
        self._progress.update(self._overall, advance=1, state=f"{len(self._rows)} of {count(self._total, 'document')}")


def _cells(row: IngestRow) -> tuple[object, ...]:
    pages = f"{row.pages} ({row.pages_without_text} without text)" if row.pages_without_text else row.pages
    if row.error:
        return row.path, row.status, pages, row.chunks, None, row.outcome()
    cost, time = (None, *row.effort()) if row.known_before else row.effort()
    return row.path, row.status, pages, row.chunks, cost, time
