"""The verdict of a drill: figures that must be nought, one that has a bound, and one that is told."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.drill.evidence import Evidence
from accessa.drill.money_verdict import Money, judge_money
from accessa.drill.storage_verdict import lost, stored_wrongly
from accessa.drill.tenure import Recovery, judge_recovery, late_writes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; each line of the lists names one thing that should not be."""

    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    zombie_writes: tuple[str, ...]
    violations: tuple[str, ...]
    money: Money
    recovery: Recovery

    @property
    def repaid_within_bound(self) -> bool:
        """Whether no more was paid again than deaths and lost answers explain."""
        return self.money.repaid_units <= self.money.repaid_bound and not self.money.faults

    @property
    def passed(self) -> bool:
        """Whether the promise held. How quick the recovery was depends on the machine, and is only told."""
        return self.repaid_within_bound and not self.findings

    @property
    def findings(self) -> tuple[str, ...]:
        """Every line of every list."""
        return (*self.lost, *self.duplicated, *self.zombie_writes, *self.violations, *self.money.faults)


def judge(evidence: Evidence) -> Verdict:
    """Return what the facts say."""
    return Verdict(
        lost=tuple(lost(evidence)),
        duplicated=tuple(stored_wrongly(evidence)),
        zombie_writes=tuple(late_writes(evidence.events)),
        violations=tuple(f"{broken.check}: {row}" for broken in evidence.broken_checks for row in broken.rows),
        money=judge_money(evidence),
        recovery=judge_recovery(evidence),
    )
