"""What is spent, and what may be."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.observe.paced import Paced
from accessa.settings import BudgetSettings
from accessa.store.database import Connection
from accessa.store.statements import load

CALLS = gauge(
    "accessa_provider_calls_24h",
    "Paid calls of the last 24 hours with a result; one that several documents share counts once",
    "provider",
)
SPENT = gauge("accessa_provider_spent_24h_usd", "Spent in the last 24 hours, in US dollars", "provider")
TODAY = gauge(
    "accessa_spent_today_usd", "Spent and committed since midnight UTC, in US dollars, as the budgets count it"
)
LIMIT = gauge("accessa_budget_limit_usd", "The most that may be spent, in US dollars; absent without a limit", "budget")
USED = gauge("accessa_budget_used_ratio", "Part of a budget that is spent or committed", "budget")
# Of one processor, as of each reading; what is told of a whole day may wait for longer than what is told of now.
_SHARE = 0.0007
_LONGEST_PAUSE_SECONDS = 1800.0


class SpendingReading:
    """Goes through the calls of a day; with hundreds of thousands of them a sum may be half an hour old."""

    metrics = (CALLS, SPENT)
    every_seconds = 5.0

    def __init__(self) -> None:
        self._day = Paced(self._sum, every_seconds=0, share=_SHARE, longest_pause_seconds=_LONGEST_PAUSE_SECONDS)

    async def read(self, connection: Connection) -> list[Sample]:
        """Return calls and costs by provider."""
        return await self._day.get(connection)

    @staticmethod
    async def _sum(connection: Connection) -> list[Sample]:
        rows = await connection.fetch(load("sight_spending"))
        return [
            *(Sample(CALLS, row["calls"], (row["provider"],)) for row in rows),
            *(Sample(SPENT, row["usd"], (row["provider"],)) for row in rows),
        ]


class BudgetReading:
    """The budget of the day of all documents together; those of documents and users have no series of their own."""

    metrics = (TODAY, LIMIT, USED)
    every_seconds = 5.0

    def __init__(self, settings: BudgetSettings) -> None:
        self._day_usd = settings.day_usd

    async def read(self, connection: Connection) -> list[Sample]:
        """Return what is spent today, and how much of the budget that is."""
        spent = await connection.fetchval(load("sight_spent_today"))
        samples = [Sample(TODAY, spent)]
        if self._day_usd is not None:
            used = spent / self._day_usd if self._day_usd else 1.0
            samples += [Sample(LIMIT, self._day_usd, ("day",)), Sample(USED, used, ("day",))]
        return samples
