"""What the providers charge, as published; settings override it for a contract of one's own."""

from __future__ import annotations

from decimal import Decimal

AS_OF = "2026-11"

EMBEDDING_USD_PER_MILLION_TOKENS: dict[str, Decimal] = {
    "text-embedding-3-small": Decimal("0.02"),
    "text-embedding-3-large": Decimal("0.13"),
    "text-embedding-ada-002": Decimal("0.10"),
}
USD_PER_CREDIT = Decimal("0.00125")
CREDITS_PER_PAGE: dict[str, int] = {"fast": 1, "cost_effective": 3, "agentic": 10, "agentic_plus": 45}


def embedding_cost(tokens: int, model: str, *, own_price: float | None, factor: float = 1.0) -> Decimal:
    """Return the price of `tokens` in USD; `own_price` per million replaces the table's, a model in neither costs 0."""
    listed = EMBEDDING_USD_PER_MILLION_TOKENS.get(model, Decimal(0))
    price = listed if own_price is None else Decimal(str(own_price))
    return Decimal(tokens) * price * Decimal(str(factor)) / 1_000_000
