"""Whether documents were complete in the time that was promised, by class of size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accessa.observe.performance.evidence import SIZE_CLASSES, Evidence, Row, promised_seconds
from accessa.settings import ServiceLevelSettings

LEAST_DOCUMENTS = 20
IN_TIME = 0.95


@dataclass(frozen=True, slots=True)
class Level:
    """One class: `met` is None where too few documents have ended to tell.

    `counted` are complete, failed or overdue; those that failed for what the file is are left out.
    """

    name: str
    promised: float
    counted: int
    in_time: int
    completed: int
    own_fault: int
    p50: float | None
    p95: float | None
    met: bool | None

    @property
    def sentence(self) -> str:
        """Whether the promise was kept, and what that rests on."""
        if self.met is None:
            return f"not enough data ({self.counted} of {LEAST_DOCUMENTS} documents)"
        share = self.in_time / self.counted
        kept = "kept" if self.met else "MISSED"
        return f"{kept}: {share:.1%} of {self.counted:,} within {self.promised:g} s"


@dataclass(frozen=True, slots=True)
class Success:
    """How many of the documents that ended, or should have, are complete; `met` is None with too few of them."""

    completed: int
    counted: int
    wanted: float
    met: bool | None

    @property
    def sentence(self) -> str:
        """Whether enough became complete."""
        if self.met is None:
            return f"success: not enough data ({self.counted} of {LEAST_DOCUMENTS} documents)"
        kept = "kept" if self.met else "MISSED"
        share = self.completed / self.counted
        return f"success: {kept}, {share:.2%} of {self.counted:,} documents complete ({self.wanted:.2%} promised)"


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """All classes, and the success of all documents together."""

    levels: list[Level]
    success: Success

    @property
    def missed(self) -> bool:
        """Whether any promise was broken."""
        return self.success.met is False or any(level.met is False for level in self.levels)


def weigh(evidence: Evidence, promised: ServiceLevelSettings) -> ServiceLevel:
    """Hold what was against what was promised."""
    rows = {row["class"]: row for row in evidence.levels}
    seconds = promised_seconds(promised)
    levels = [_level(name, seconds[place], rows.get(place + 1)) for place, (name, _) in enumerate(SIZE_CLASSES)]
    return ServiceLevel(levels, _success(evidence.levels, promised.success_ratio))


def _level(name: str, promised: float, row: Row | None) -> Level:
    if row is None:
        return Level(name, promised, 0, 0, 0, 0, None, None, None)
    counted = row["completed"] + row["failed"] + row["overdue"]
    met = row["in_time"] / counted >= IN_TIME if counted >= LEAST_DOCUMENTS else None
    return Level(
        name=name,
        promised=promised,
        counted=counted,
        in_time=row["in_time"],
        completed=row["completed"],
        own_fault=row["own_fault"],
        p50=row["p50_seconds"],
        p95=row["p95_seconds"],
        met=met,
    )


def _success(rows: Sequence[Row], wanted: float) -> Success:
    completed = sum(row["completed"] for row in rows)
    counted = completed + sum(row["failed"] + row["overdue"] for row in rows)
    return Success(completed, counted, wanted, completed / counted >= wanted if counted >= LEAST_DOCUMENTS else None)
