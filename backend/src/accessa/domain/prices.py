"""What the providers charge, as published; settings override it for a contract of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

AS_OF = "2026-11"

EMBEDDING_USD_PER_MILLION_TOKENS: dict[str, Decimal] = {
    "text-embedding-3-small": Decimal("0.02"),
    "text-embedding-3-large": Decimal("0.13"),
    "text-embedding-ada-002": Decimal("0.10"),
}
USD_PER_CREDIT = Decimal("0.00125")
CREDITS_PER_PAGE: dict[str, int] = {"fast": 1, "cost_effective": 3, "agentic": 10, "agentic_plus": 45}


# What an unread text and an unread page are taken to hold, until their chunks are counted.
GUESSED_BYTES_PER_TOKEN = 4
GUESSED_TOKENS_PER_PAGE = 600

OWN_PRICE = "setting"
"""Told in place of a month where a setting replaces the published price."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one `unit` (`token` or `credit`) costs in USD, times `factor`; `as_of` says where the price is from."""

    unit: str
    usd: Decimal
    factor: Decimal = Decimal(1)
    as_of: str = AS_OF

    def cost(self, units: Decimal | float) -> Decimal:
        """Return what so many units cost in USD."""
        return Decimal(str(units)) * self.usd * self.factor


def token_price(model: str, *, own_price: float | None, factor: float = 1.0) -> Price:
    """Return the price of a token; `own_price` per million replaces the list's, a model in neither costs 0."""
    listed = EMBEDDING_USD_PER_MILLION_TOKENS.get(model, Decimal(0))
    per_million = listed if own_price is None else Decimal(str(own_price))
    return Price("token", per_million / 1_000_000, Decimal(str(factor)), AS_OF if own_price is None else OWN_PRICE)


def credit_price(usd: float) -> Price:
    """Return the price of a credit of the parse provider."""
    own = Decimal(str(usd))
    return Price("credit", own, as_of=AS_OF if own == USD_PER_CREDIT else OWN_PRICE)


def parse_credits(tier: str, pages: int) -> int:
    """Return the credits that so many pages cost in a tier."""
    return CREDITS_PER_PAGE.get(tier, 0) * pages
