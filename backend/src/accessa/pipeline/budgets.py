"""Budgets: before an intent is written its estimate has to fit beside what is spent or may be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from accessa.domain.errors import BudgetReachedError
from accessa.settings import BudgetSettings
from accessa.store.budgets import Commitments, measure_parked, sum_commitments
from accessa.store.effects import Effect

# However many jobs wait, all together look this often; each look is a claim and two events.
_LOOKS_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit in force: its setting, what it is on, and what is committed; a `daily` one begins anew at 00:00 UTC."""

    setting: str
    subject: str
    limit: Decimal
    committed: Decimal
    daily: bool


async def require_room(effect: Effect, settings: BudgetSettings, estimates: Sequence[Decimal]) -> int:
    """Return how many of the purchases, in order, fit into every budget; the intents go into the same transaction.

    Raises `BudgetReachedError` when not even the first does. Without a budget nothing is asked.
    """
    if settings.document_usd is None and settings.user_day_usd is None and settings.day_usd is None:
        return len(estimates)
    committed = await sum_commitments(
        effect.connection,
        effect.job.document_id,
        effect.job.user_id,
        of_user=settings.user_day_usd is not None,
        of_all=settings.day_usd is not None,
    )
    totals = list(accumulate(estimates))
    tightest = min(_in_force(settings, committed), key=lambda budget: budget.limit - budget.committed)
    fitting = sum(tightest.committed + total <= tightest.limit for total in totals)
    if fitting or not totals:
        return fitting
    pause = await _pause(effect, settings, committed.day_ends_in_seconds if tightest.daily else None)
    raise BudgetReachedError(_sentence(tightest, totals[0]), pause)


def _in_force(settings: BudgetSettings, committed: Commitments) -> list[Budget]:
    known = (
        ("BUDGET_DOCUMENT_USD", "this document", settings.document_usd, committed.document_usd, False),
        ("BUDGET_USER_DAY_USD", "this user's day", settings.user_day_usd, committed.user_day_usd, True),
        ("BUDGET_DAY_USD", "the day", settings.day_usd, committed.day_usd, True),
    )
    return [
        Budget(setting, subject, Decimal(str(limit)), spent, daily)
        for setting, subject, limit, spent, daily in known
        if limit is not None
    ]


def _sentence(budget: Budget, needed: Decimal) -> str:
    """Say which limit is reached and what ends the wait; a limit that can never be met has to be raised."""
    told = f"The next purchase needs {_usd(needed)}, and the budget of {budget.subject} has no room for it"
    if budget.daily and needed <= budget.limit:
        return f"{told} ({budget.setting}={budget.limit:f}); it goes on at 00:00 UTC, or once the limit is raised."
    spent = f", {_usd(budget.committed)} committed" if not budget.daily else ""
    return f"{told} ({budget.setting}={budget.limit:f}{spent}); raise {budget.setting}, it then goes on by itself."


def _usd(amount: Decimal) -> str:
    return f"${amount:.6f}".rstrip("0").rstrip(".")


async def _pause(effect: Effect, settings: BudgetSettings, day_ends_in_seconds: float | None) -> float:
    parked: int = (await measure_parked(effect.connection))["jobs"]
    pause = max(settings.look_again_seconds, parked / _LOOKS_PER_SECOND) * random.uniform(1.0, 1.25)  # noqa: S311
    return pause if day_ends_in_seconds is None else min(pause, day_ends_in_seconds + random.uniform(0.1, 5.0))  # noqa: S311


def told_budgets(settings: BudgetSettings) -> str:
    """Return the budgets in force as one sentence."""
    limits = {
        "a document": settings.document_usd,
        "a user's day": settings.user_day_usd,
        "the day": settings.day_usd,
    }
    parts = [f"${limit:g} for {subject}" for subject, limit in limits.items() if limit is not None]
    return f"Budgets: at most {', '.join(parts)}." if parts else "No budget is set (BUDGET_DAY_USD and others)."
