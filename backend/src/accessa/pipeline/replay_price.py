"""What another try of a failed document would have to buy: pages not yet parsed, and text without vectors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from accessa.domain.file_types import BY_MIME
from accessa.domain.prices import (
    GUESSED_BYTES_PER_TOKEN,
    GUESSED_TOKENS_PER_PAGE,
    credit_price,
    parse_credits,
    token_price,
)
from accessa.pipeline.parse_submission import present_options_sha
from accessa.pipeline.services import Services
from accessa.store import dead_letters
from accessa.store.database import Connection
from accessa.store.dead_letters import PresentWork


@dataclass(frozen=True, slots=True)
class ReplayPrice:
    """What is still to be bought, at the present prices; all are 0 where everything was bought.

    `uncounted` documents have pages that nobody has counted; each is taken to have one, so the price is the least.
    """

    pages: int
    tokens: int
    usd: Decimal
    uncounted: int = 0

    def times(self, factor: float) -> ReplayPrice:
        """Return the price of `factor` times as much."""
        usd = self.usd * Decimal(str(factor))
        return ReplayPrice(
            round(self.pages * factor), round(self.tokens * factor), usd, math.ceil(self.uncounted * factor)
        )


def total(prices: Sequence[ReplayPrice]) -> ReplayPrice:
    """Return the price of several documents together."""
    return ReplayPrice(
        sum(price.pages for price in prices),
        sum(price.tokens for price in prices),
        sum((price.usd for price in prices), Decimal(0)),
        sum(price.uncounted for price in prices),
    )


async def price_replays(
    connection: Connection, services: Services, job_ids: Sequence[UUID]
) -> dict[UUID, tuple[UUID, ReplayPrice]]:
    """Return each failed job's document and what a retry would buy, if no other document has paid for the same text."""
    rows = await dead_letters.measure(connection, job_ids, _present_work(services))
    return {row["job_id"]: (row["document_id"], _price(row, services)) for row in rows}


def _present_work(services: Services) -> PresentWork:
    plan = services.plan()
    name, _, version = plan.chunks_version.partition("@")
    return PresentWork(
        parsed_mimes=tuple(kind.mime for kind in BY_MIME.values() if kind.needs_parser),
        parse_provider=services.parser.identity,
        options_sha=present_options_sha(services.settings),
        chunker=(name, version),
        embed_model=plan.embed_model,
        embed_version=plan.embed_version,
        embed_provider=services.embedder.identity,
    )


def _price(row: Mapping[str, Any], services: Services) -> ReplayPrice:
    parse, embed = services.settings.parse, services.settings.embed
    is_counted = row["pages_to_parse"] is not None
    pages = row["pages_to_parse"] if is_counted else 1
    tokens = _tokens(row, pages)
    factor = embed.bulk_price_factor if row["lane"] == "bulk" else 1.0
    embedding = token_price(embed.model, own_price=embed.price_per_million_tokens_usd, factor=factor).cost(tokens)
    parsing = credit_price(parse.price_per_credit_usd).cost(parse_credits(parse.tier, pages))
    return ReplayPrice(pages, tokens, parsing + embedding, int(not is_counted))


def _tokens(row: Mapping[str, Any], pages: int) -> int:
    """Count what is known best: chunks without a vector, else the parsed text, else the pages or bytes of the file."""
    if row["bytes_to_embed"] is not None:
        return int(row["bytes_to_embed"]) // GUESSED_BYTES_PER_TOKEN
    if row["characters"] is not None:
        return int(row["characters"]) // GUESSED_BYTES_PER_TOKEN
    if pages:
        return pages * GUESSED_TOKENS_PER_PAGE
    return int(row["bytes_len"]) // GUESSED_BYTES_PER_TOKEN
