"""Budgets: limits on what may be spent, and how they are told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_AGAIN = "accessa down, then accessa up with the new value"


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit in force: its setting, what it is on, and what is committed; a `daily` one begins anew at 00:00 UTC."""

    setting: str
    subject: str
    limit: Decimal
    committed: Decimal
    daily: bool

    @property
    def room(self) -> Decimal:
        """What may still be committed."""
        return self.limit - self.committed

    def waits_for_nothing(self, needed: Decimal) -> bool:
        """Tell whether no new day makes room for the purchase, so that only a higher limit does."""
        return not self.daily or needed > self.limit

    def refusal(self, needed: Decimal) -> str:
        """Say that a purchase has no room, and what ends the wait; a limit that can never be met has to be raised."""
        told = f"The next purchase needs {_usd(needed)}, and the budget of {self.subject} has no room for it"
        if not self.waits_for_nothing(needed):
            return f"{told} ({self.setting}={self.limit:f}); it goes on at 00:00 UTC, or with a higher limit: {_AGAIN}."
        spent = "" if self.daily else f", {_usd(self.committed)} committed"
        limit = f"{self.setting}={self.limit:f}{spent}"
        return f"{told} ({limit}); raise {self.setting}: {_AGAIN}, and it goes on by itself."


def told_budgets(*, document_usd: float | None, user_day_usd: float | None, day_usd: float | None) -> str:
    """Return the budgets in force as one sentence."""
    limits = {"a document": document_usd, "a user's day": user_day_usd, "the day": day_usd}
    parts = [f"${limit:g} for {subject}" for subject, limit in limits.items() if limit is not None]
    return f"Budgets: at most {', '.join(parts)}." if parts else "No budget is set (BUDGET_DAY_USD and others)."


def _usd(amount: Decimal) -> str:
    return f"${amount:.6f}".rstrip("0").rstrip(".")
