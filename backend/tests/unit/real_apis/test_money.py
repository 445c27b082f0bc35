"""The money of the paid tests: nothing is sent whose worst price is not set aside before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from real_apis.budget import Budget, CostLimitError
from real_apis.metered_transport import MeteredTransport
from real_apis.tariff import Tariff, UnknownPriceError

PARSE = "https://api.cloud.llamaindex.ai/api/v2/parse"
EMBED = "https://api.openai.com/v1"


def post(url: str, body: Any) -> httpx.Request:
    """Return a request."""
    return httpx.Request("POST", url, json=body)


@pytest.mark.parametrize(
    ("url", "body", "worst"),
    [
        (PARSE, {"tier": "cost_effective", "page_ranges": {"max_pages": 1}}, "0.00375"),
        (PARSE, {"tier": "agentic", "page_ranges": {"max_pages": 4}}, "0.05"),
        (PARSE, {"tier": "a new one", "page_ranges": {"max_pages": 1}}, "0.05625"),
        (f"{EMBED}/embeddings", {"model": "text-embedding-3-small", "input": ["é" * 500_000]}, "0.02"),
        (f"{EMBED}/embeddings", {"model": "text-embedding-3-large", "input": ["a" * 600_000, "b" * 400_000]}, "0.13"),
        (f"{PARSE}/pjb-1/cancel", {}, "0"),
    ],
)
def test_the_worst_price_is_read_from_the_request(url: str, body: Any, worst: str) -> None:
    """Pages by their tier, texts by their bytes; a tier that nobody knows costs as much as the dearest."""
    assert Decimal(worst) == Tariff().worst_case(post(url, body))


def test_a_batch_costs_what_was_uploaded_for_it() -> None:
    """The file costs nothing by itself; the batch counts its bytes at the price of the dearest model."""
    tariff = Tariff()
    upload = httpx.Request("POST", f"{EMBED}/files", content=b"x" * 1_000_000)
    other = httpx.Request("POST", "https://api.cloud.llamaindex.ai/api/v1/beta/files", content=b"x" * 1_000_000)

    assert [0, 0] == [tariff.worst_case(upload), tariff.worst_case(other)]
    assert Decimal("0.13") == tariff.worst_case(post(f"{EMBED}/batches", {}))


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (post(PARSE, {"tier": "fast"}), "without page_ranges.max_pages its price has no bound"),
        (post(f"{EMBED}/embeddings", {"model": "new", "input": ["a"]}), "the price table has no such model"),
        (post(f"{EMBED}/responses", {}), "no price is known for it"),
        (httpx.Request("DELETE", f"{EMBED}/files/file-1"), "no price is known for it"),
    ],
    ids=["pages", "model", "route", "method"],
)
def test_what_has_no_price_is_not_sent(request_: httpx.Request, told: str) -> None:
    """A call without a bound is refused with the reason."""
    with pytest.raises(UnknownPriceError, match=rf"was not sent: {told}"):
        Tariff().worst_case(request_)


async def test_a_call_over_the_limit_never_leaves() -> None:
    """What is set aside is never given back: the call that might exceed the limit is the first that is not sent."""
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return httpx.Response(200, json={})

    budget = Budget(Decimal("0.008"))
    transport = MeteredTransport(httpx.MockTransport(answer), budget, Tariff())
    page = {"tier": "cost_effective", "page_ranges": {"max_pages": 1}}
    async with httpx.AsyncClient(transport=transport) as client:
        for _ in range(2):
            await client.post(PARSE, json=page)
        with pytest.raises(CostLimitError) as caught:
            await client.post(PARSE, json=page)
        await client.get(f"{PARSE}/versions")

    assert ["/api/v2/parse", "/api/v2/parse", "/api/v2/parse/versions"] == sent
    assert Decimal("0.0075") == budget.set_aside_usd
    assert (
        "POST /api/v2/parse was not sent: it may cost $0.003750, and $0.000500 are left of the limit of $0.008. "
        "Raise ACCESSA_REAL_COST_LIMIT_USD to allow it."
    ) == str(caught.value)
