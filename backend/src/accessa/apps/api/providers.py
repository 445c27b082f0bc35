"""How the providers are, as all processes see them: circuit, pause, rate limits, and what was spent."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from accessa.apps.api.request_scope import ServicesOf
from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.prices import AS_OF, parse_credits, token_price
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
    calls_today: int = Field(description="Recorded calls of the last 24 hours; a shared one counts once")
    spent_today_usd: float


class ProvidersAnswer(BaseModel):
    """All providers that this database has met."""

    providers: list[ProviderAnswer]


class PricesAnswer(BaseModel):
    """What the providers charge, in US dollars: for a page, and for a million tokens in each lane."""

    parse_tier: str = Field(examples=["cost_effective"])
    page_usd: float
    embed_model: str = Field(examples=["text-embedding-3-small"])
    embed_usd: float = Field(description="For a million tokens")
    embed_bulk_usd: float = Field(description="For a million tokens in the bulk lane")
    max_file_mb: int = Field(description="A larger file (MB of 1,000,000 bytes) is refused at no cost")
    max_pages: int = Field(description="A document with more pages is refused at no cost")
    as_of: str = Field(examples=[AS_OF], description="The month of the published prices; a setting may replace them")


@router.get("/prices")
async def show_prices(services: ServicesOf) -> PricesAnswer:
    """Show what a page and a million tokens cost under the present settings."""
    parse, embed = services.settings.parse, services.settings.embed
    price = token_price(embed.model, own_price=embed.price_per_million_tokens_usd).cost(1_000_000)
    return PricesAnswer(
        parse_tier=parse.tier,
        page_usd=parse_credits(parse.tier, 1) * parse.price_per_credit_usd,
        embed_model=embed.model,
        embed_usd=float(price),
        embed_bulk_usd=float(price) * embed.bulk_price_factor,
        max_file_mb=services.settings.upload.max_file_mb,
        max_pages=services.settings.upload.max_pages,
        as_of=AS_OF,
    )


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
