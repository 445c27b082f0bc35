"""What is told about one path of an ingest: the outcome, as a value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from accessa.cli.figures import count, money, seconds, told_pages
from accessa.cli.file_names import as_text
from accessa.domain.errors import AccessaError
from accessa.domain.statuses import Status

REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class IngestRow:
    """One path and what became of it; the ids are None when nothing of it was stored."""

    path: str
    document_id: str | None = None
    job_id: str | None = None
    correlation_id: str | None = None
    status: str = REJECTED
    pages: int | None = None
    chunks: int | None = None
    vectors: int | None = None
    cost_usd: float | None = None
    duration_seconds: float | None = None
    error: dict[str, Any] | None = None
    pages_without_text: int | None = None
    known_before: bool = False  #: the same bytes were ingested earlier; told to a person only

    @property
    def complete(self) -> bool:
        """Tell whether the document is searchable."""
        return self.status == Status.COMPLETE

    def as_json(self) -> dict[str, object]:
        """Return the row as a JSON object, its keys in the order of the fields."""
        row = asdict(self)
        del row["known_before"]
        return row

    def as_line(self) -> str:
        """Return the row as one plain line."""
        return f"{self.path}: {self.status}, {self.outcome()}"

    def outcome(self) -> str:
        """Return the figures of a complete document, or the code and sentence of the error."""
        if self.error:
            return f"{self.error['code']}: {self.error['message']}"
        figures = [told_pages(self.pages, self.pages_without_text, self.path)] if self.pages else []
        return ", ".join([*figures, count(self.chunks, "chunk"), *self.effort()])

    def effort(self) -> list[str]:
        """Return what this call paid and how long it took, or that nothing was left to do."""
        return ["known before"] if self.known_before else [money(self.cost_usd), seconds(self.duration_seconds)]


def rejected(path: Path, error: AccessaError) -> IngestRow:
    """Return the row of a path of which nothing was stored."""
    return IngestRow(as_text(path), error={"code": error.code, "message": error.message})


def finished(path: Path, job: dict[str, Any], *, error: AccessaError | None = None) -> IngestRow:
    """Return the row of an uploaded file from its job; `error` says why the job could not be followed to its end."""
    names = ("document_id", "job_id", "correlation_id", "status", "pages", "chunks", "vectors", "cost_usd")
    known = {name: job.get(name) for name in (*names, "duration_seconds", "pages_without_text")}
    fault = {"code": error.code, "message": error.message} if error else _fault_of(job)
    return IngestRow(as_text(path), **known, error=fault)  # type: ignore[arg-type]  # foreign JSON


def known_before(row: IngestRow, seconds_of_call: float) -> IngestRow:
    """Return the row as of bytes that were ingested earlier: this call paid nothing, and took its own time."""
    return replace(row, cost_usd=0.0, duration_seconds=round(seconds_of_call, 3), known_before=True)


def _fault_of(job: dict[str, Any]) -> dict[str, Any] | None:
    fault = job.get("error")
    return {"code": fault["code"], "message": fault["message"]} if fault else None
