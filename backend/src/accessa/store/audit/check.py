"""What a check is, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Parameter = Literal[
    "jobs",
    "documents",
    "bill",
    "acknowledged",
    "codes",
    "lease_seconds",
    "max_crashes",
    "grace_seconds",
    "stuck_seconds",
]

JOBS: tuple[Parameter, ...] = ("jobs",)
DOCUMENTS: tuple[Parameter, ...] = ("documents",)


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: `promise` is what holds on healthy data, `mending` what to do when it does not.

    Its SQL is the file of its name beside this one and returns one column of text, `rows` says what that names. The
    statement's parameters are those in `takes`, in this order. `at_rest` checks hold only while nothing is under way.
    """

    name: str
    promise: str
    mending: str
    rows: str
    takes: tuple[Parameter, ...] = JOBS
    at_rest: bool = False

    @property
    def needs_evidence(self) -> bool:
        """Whether it compares the rows with what somebody outside the database has to bring."""
        return not {"bill", "acknowledged"}.isdisjoint(self.takes)

    @property
    def sql(self) -> str:
        """Return the text of the statement."""
        return _load(self.name)


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check: the first of the `total` rows that break it; `finished` is False without a verdict."""

    check: Check
    rows: list[str]
    total: int
    seconds: float = 0.0
    finished: bool = True

    @property
    def holds(self) -> bool:
        """Whether the check ran to its end and found nothing."""
        return self.finished and not self.total

    def __str__(self) -> str:
        """Name the check and the rows, in one line."""
        if not self.finished:
            return f"{self.check.name}: could not finish"
        more = f" and {self.total - len(self.rows)} more" if self.total > len(self.rows) else ""
        return f"{self.check.name}: {self.check.rows} {', '.join(self.rows)}{more}"


@cache
def _load(name: str) -> str:
    return files("accessa.store.audit").joinpath(f"{name}.sql").read_text(encoding="utf-8")
