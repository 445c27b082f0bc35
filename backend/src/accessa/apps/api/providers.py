"""How the providers are, as all processes see them: circuit, pause, rate limits, and what was spent."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from accessa.apps.api.request_scope import ServicesOf
from accessa.domain.error_catalogue import CATALOGUE
from accessa.store.gates import list_gates

router = APIRouter(tags=["providers"])


class ProviderAnswer(BaseModel):
    """One provider; while its circuit is not `closed` its jobs wait, for the `reason` that the sentence explains."""

    provider: str = Field(examples=["openai"])
    state: str = Field(examples=["closed"], description="closed, open, or half_open while one call tries it")
    reason: str | None = Field(examples=["EMBED_NO_CREDIT"])
    sentence: str | None
    failures: int = Field(description="Outages in a row")
    opened_at: datetime | None
    probe_in_seconds: float | None = Field(description="Until one call tries the open circuit")
    paused_for_seconds: float | None = Field(description="Until the rate limit is over that the provider has told")
    requests_per_minute: float | None
    requests_left: float | None
    tokens_per_minute: float | None
    tokens_left: float | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    calls_today: int = Field(description="Recorded calls of the last 24 hours")
    spent_today_usd: float


class ProvidersAnswer(BaseModel):
    """All providers that this database has met."""

    providers: list[ProviderAnswer]


@router.get("/providers")
async def list_providers(services: ServicesOf) -> ProvidersAnswer:
    """Show whether calls to each provider go out, and if not, why and until when."""
    rows = await list_gates(services.database)
    return ProvidersAnswer(
        providers=[
            ProviderAnswer(**row, sentence=CATALOGUE[row["reason"]].sentence if row["reason"] in CATALOGUE else None)
            for row in rows
        ]
    )
