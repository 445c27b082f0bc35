"""Before an intent is written, its estimate has to fit into every budget beside what is spent or may be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate

from accessa.domain.budgets import Budget, told_budgets
from accessa.domain.errors import BudgetReachedError
from accessa.domain.job import Job
from accessa.settings import BudgetSettings
from accessa.store.budgets import Commitments, measure_parked, sum_commitments
from accessa.store.database import Connection

# However many jobs wait, all together look this often; each look is a claim and two events.
_LOOKS_PER_SECOND = 5.0


async def require_room(connection: Connection, job: Job, settings: BudgetSettings, estimates: Sequence[Decimal]) -> int:
    """Return how many of the purchases, in order, fit into every budget; the intents go into the same transaction.

    Raises `BudgetReachedError` when not even the first does. Without a budget nothing is asked.
    """
    if not settings.is_set:
        return len(estimates)
    committed = await sum_commitments(
        connection,
        job.document_id,
        job.user_id,
        of_user=settings.user_day_usd is not None,
        of_all=settings.day_usd is not None,
    )
    budgets = _in_force(settings, committed)
    room = min(budget.room for budget in budgets)
    fitting = sum(total <= room for total in accumulate(estimates))
    if fitting:
        return fitting
    needed = estimates[0]
    # Of several that are in the way the one is told that somebody has to raise.
    told = max((budget for budget in budgets if needed > budget.room), key=lambda it: it.waits_for_nothing(needed))
    pause = await _pause(
        connection, settings, None if told.waits_for_nothing(needed) else committed.day_ends_in_seconds
    )
    raise BudgetReachedError(told.refusal(needed), pause)


def _in_force(settings: BudgetSettings, committed: Commitments) -> list[Budget]:
    limits = (
        ("BUDGET_DOCUMENT_USD", "this document", settings.document_usd, committed.document_usd, False),
        ("BUDGET_USER_DAY_USD", "this user's day", settings.user_day_usd, committed.user_day_usd, True),
        ("BUDGET_DAY_USD", "the day", settings.day_usd, committed.day_usd, True),
    )
    return [
        Budget(setting, subject, Decimal(str(limit)), spent, daily)
        for setting, subject, limit, spent, daily in limits
        if limit is not None
    ]


async def _pause(connection: Connection, settings: BudgetSettings, day_ends_in_seconds: float | None) -> float:
    parked: int = (await measure_parked(connection))["jobs"]
    pause = max(settings.look_again_seconds, parked / _LOOKS_PER_SECOND) * random.uniform(1.0, 1.25)  # noqa: S311
    return pause if day_ends_in_seconds is None else min(pause, day_ends_in_seconds + random.uniform(0.1, 5.0))  # noqa: S311


def budgets_in_force(settings: BudgetSettings) -> str:
    """Return the budgets of the settings as one sentence."""
    return told_budgets(
        document_usd=settings.document_usd, user_day_usd=settings.user_day_usd, day_usd=settings.day_usd
    )
