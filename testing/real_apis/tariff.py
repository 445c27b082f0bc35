"""What a request costs at worst, read from the request itself and the product's price table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import orjson

from accessa.domain.prices import CREDITS_PER_PAGE, EMBEDDING_USD_PER_MILLION_TOKENS, USD_PER_CREDIT

_MILLION = 1_000_000
_DEAREST_MODEL = max(EMBEDDING_USD_PER_MILLION_TOKENS.values())
_DEAREST_TIER = max(CREDITS_PER_PAGE.values())
_BATCH_FILES = "/files"
_PARSE_FILES = "/api/v1/beta/files"
_FREE_ENDINGS = ("/cancel", _BATCH_FILES)


class UnknownPriceError(Exception):
    """A call was not made, because nobody knows what it would cost."""


class Tariff:
    """Prices requests; it remembers the files that were uploaded for batches, which cost once they are ordered.

    A text has at most as many tokens as bytes, so that no tokenizer is needed.
    """

    def __init__(self) -> None:
        """Know of no file yet."""
        self._uploaded_bytes = 0

    def worst_case(self, request: httpx.Request) -> Decimal:
        """Return the most that a read request may cost; raises `UnknownPriceError`."""
        path = request.url.path
        if request.method == "POST" and path.endswith(_BATCH_FILES) and not path.endswith(_PARSE_FILES):
            self._uploaded_bytes += len(request.content)
        if request.method == "GET" or path.endswith(_FREE_ENDINGS):
            return Decimal(0)
        if path.endswith("/api/v2/parse"):
            return _parse_cost(orjson.loads(request.content), path)
        if path.endswith("/embeddings"):
            return _embedding_cost(orjson.loads(request.content), path)
        if path.endswith("/batches"):
            return Decimal(self._uploaded_bytes) * _DEAREST_MODEL / _MILLION
        raise UnknownPriceError(f"{request.method} {path} was not sent: no price is known for it.")


def _parse_cost(body: dict[str, Any], path: str) -> Decimal:
    most_pages = (body.get("page_ranges") or {}).get("max_pages")
    if not isinstance(most_pages, int):
        raise UnknownPriceError(f"POST {path} was not sent: without page_ranges.max_pages its price has no bound.")
    credits_per_page = CREDITS_PER_PAGE.get(str(body.get("tier")), _DEAREST_TIER)
    return most_pages * credits_per_page * USD_PER_CREDIT


def _embedding_cost(body: dict[str, Any], path: str) -> Decimal:
    price = EMBEDDING_USD_PER_MILLION_TOKENS.get(str(body.get("model")))
    if price is None:
        raise UnknownPriceError(f"POST {path} was not sent: the price table has no such model.")
    tokens = sum(len(text.encode("utf-8", "surrogatepass")) for text in body["input"])
    return Decimal(tokens) * price / _MILLION
