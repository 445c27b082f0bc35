"""What a user has spent, and which budgets hold purchases back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from accessa.apps.api.request_scope import ServicesOf, UserId
from accessa.store.budgets import measure_parked
from accessa.store.costs import sum_costs

router = APIRouter(tags=["costs"])

_USUAL_DAYS = 30


class CostAnswer(BaseModel):
    """What was bought on one day, for one document, or of one model; a call counts for the day of its intent."""

    day: date | None = Field(None, description="A day of UTC")
    document_id: UUID | None = None
    filename: str | None = Field(None, description="None also where the document has been deleted")
    provider: str | None = None
    model: str | None = Field(None, description="Embedding model or parse tier", examples=["text-embedding-3-small"])
    calls: int = Field(description="Recorded calls; one that several documents shared counts once a row")
    units: int = Field(description="Pages and passages")
    tokens: int
    cost_usd: float
    unsure_usd: float = Field(
        description="Estimates of calls under way, and of those of which nobody knows whether they were billed"
    )


class CostsAnswer(BaseModel):
    """What the user has spent since a day, itself included: the newest day, or what was dearest, first."""

    by: str
    since: date
    rows: list[CostAnswer]


class BudgetsAnswer(BaseModel):
    """The budgets of this API, and the jobs of all users that wait for one."""

    document_usd: float | None = Field(description="Most that a document may cost; none without a limit")
    user_day_usd: float | None
    day_usd: float | None
    jobs_waiting: int
    sentence: str | None = Field(description="What one of the waiting jobs was told")


@router.get("/costs")
async def show_costs(
    services: ServicesOf,
    user: UserId,
    by: Literal["day", "document", "model"] = "day",
    since: Annotated[date | None, Query(description="First day, of UTC; 30 days ago unless given")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> CostsAnswer:
    """Sum up what the user's documents have cost, deleted ones included."""
    first = since or datetime.now(UTC).date() - timedelta(days=_USUAL_DAYS)
    rows = await sum_costs(services.database, user, by=by, since=first, limit=limit)
    return CostsAnswer(by=by, since=first, rows=[CostAnswer(**row) for row in rows])


@router.get("/budgets")
async def show_budgets(services: ServicesOf) -> BudgetsAnswer:
    """Show the budgets in force, and how many jobs wait for one."""
    budget = services.settings.budget
    async with services.database.connection() as connection:
        parked = await measure_parked(connection)
    return BudgetsAnswer(
        document_usd=budget.document_usd,
        user_day_usd=budget.user_day_usd,
        day_usd=budget.day_usd,
        jobs_waiting=parked["jobs"],
        sentence=parked["sentence"],
    )
