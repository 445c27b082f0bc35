"""Three ways to watch an ingest: JSON lines, plain lines, and bars on a terminal."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from accessa.cli.ingest_row import IngestRow
from accessa.cli.output import emit, note, say
from accessa.domain.statuses import TERMINAL


class View(Protocol):
    """Sees an ingest as it goes on."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show what is left to show."""

    def uploaded(self, path: Path, receipt: dict[str, Any]) -> None:
        """See that the bytes of a file are stored."""

    def looked(self, job: dict[str, Any]) -> None:
        """See where a job is."""

    def row(self, row: IngestRow) -> None:
        """See the outcome of one path."""


class LinesView:
    """Tells outcomes only, one line each: JSON objects or plain words."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose the form of the lines."""
        self._as_json = as_json
        self._troubled: set[str] = set()

    def __enter__(self) -> Self:
        """Need no preparation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Have nothing left to show."""

    def uploaded(self, path: Path, receipt: dict[str, Any]) -> None:
        """Stay silent."""

    def looked(self, job: dict[str, Any]) -> None:
        """Say once of a document that it met an error and is tried again, for that may take minutes."""
        if job["retry_count"] and job["status"] not in TERMINAL and job["job_id"] not in self._troubled:
            self._troubled.add(job["job_id"])
            note(f"note: {job['filename']} met an error and is tried again; see: accessa jobs show {job['job_id']}")

    def row(self, row: IngestRow) -> None:
        """Print the outcome."""
        if self._as_json:
            emit(row.as_json())
        else:
            say(row.as_line())
