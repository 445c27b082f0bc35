"""What a benchmark has measured, as plain values."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

OURS = "accessa"
CEILING = "raw reference"
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """How the documents of a run were taken in: seconds by the clock, CPU seconds of each group of processes."""

    seconds: float
    cpu: dict[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One system under one condition, once.

    `cpu` names CPU seconds by group: `client` is the system itself, `postgres` the server with its ended backends, the
    others what it calls. `paid_twice` counts inputs, `lost` and `duplicated` documents, `findings` what else is wrong.
    """

    system: str
    condition: str
    turn: int
    documents: int = 0
    chunks: int = 0
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    peak_bytes: int = 0
    wal_bytes: int = 0
    requests: int = 0
    paid_twice: int = 0
    lost: int = 0
    duplicated: int = 0
    pages: int = 0
    upload: Upload | None = None
    findings: tuple[str, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether everything was stored, once, and every promise about it holds."""
        return not (self.lost or self.duplicated or self.findings)

    @property
    def chunks_per_second(self) -> float:
        """Chunks searchable in a second."""
        return self.chunks / self.seconds if self.seconds else 0.0

    @property
    def documents_per_second(self) -> float:
        """Documents searchable in a second, whatever each system's chunks are."""
        return self.documents / self.seconds if self.seconds else 0.0

    @property
    def pages_per_second(self) -> float:
        """Pages searchable in a second, where pages were counted."""
        return self.pages / self.seconds if self.seconds else 0.0

    def cpu_per_thousand(self, *groups: str) -> float:
        """Return CPU seconds of these groups for a thousand chunks."""
        return 1000 * sum(self.cpu.get(group, 0.0) for group in groups) / self.chunks if self.chunks else 0.0

    @property
    def work_cpu(self) -> float:
        """CPU seconds of client and Postgres together for a thousand chunks: what systems are compared by."""
        return self.cpu_per_thousand("client", "postgres")

    @property
    def peak_mb(self) -> float:
        """The most memory, in millions of bytes."""
        return self.peak_bytes / _MB


@dataclass(frozen=True, slots=True)
class Figures:
    """Named values of a measurement that is no run over documents, such as how soon a job is picked up."""

    name: str
    values: dict[str, float]


@dataclass(slots=True)
class Results:
    """Everything of one benchmark: what it ran on, with which settings, and what came out."""

    machine: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    figures: list[Figures] = field(default_factory=list)
    queues: list[dict[str, Any]] = field(default_factory=list)

    def of(self, system: str, condition: str) -> list[Run]:
        """Return the runs of a system under a condition that came to their end."""
        return [run for run in self.runs if (run.system, run.condition) == (system, condition) and run.seconds]

    def median(self, system: str, condition: str, value: Callable[[Run], float]) -> float | None:
        """Return the median of a value over the turns; None where there was none."""
        values = [value(run) for run in self.of(system, condition)]
        return statistics.median(values) if values else None

    def peers(self, condition: str) -> list[str]:
        """Return the other systems that ran under a condition, in the order in which they came."""
        names = dict.fromkeys(run.system for run in self.runs if run.condition == condition and run.seconds)
        return [name for name in names if name not in {OURS, CEILING}]

    def figure(self, name: str, value: str) -> float | None:
        """Return one value of a named measurement; None where it was not made."""
        return next((each.values.get(value) for each in self.figures if each.name == name), None)

    def faults(self) -> Iterable[str]:
        """Yield what is wrong with our own runs, a line each."""
        for run in self.runs:
            if run.system == OURS and not run.holds:
                wrong = [f"{run.lost} lost"] * bool(run.lost) + [f"{run.duplicated} stored twice"] * bool(
                    run.duplicated
                )
                yield f"{run.condition}, turn {run.turn}: {'; '.join([*wrong, *run.findings])}"

    def as_json(self) -> dict[str, Any]:
        """Return all of it for a file."""
        return asdict(self)
