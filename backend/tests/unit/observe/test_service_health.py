"""Health checks: every service is asked at once, and none can hold up the page."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from accessa.observe.service_health import Health, check_all, health_client


async def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.host == "refuses":
        raise httpx.ConnectError("refused")
    if request.url.host == "hangs":
        await asyncio.Event().wait()
    status = {"well": 200, "ill": 503, "moved": 302}[request.url.host]
    return httpx.Response(status if request.url.path == "/health" else 404)


@pytest.mark.parametrize(
    ("url", "healthy", "sentence"),
    [
        ("http://well:1", True, ""),
        ("http://well:1/v1", True, ""),
        ("http://ill:1", False, "answers with HTTP status 503"),
        ("http://moved:1", False, "answers with HTTP status 302"),
        ("http://refuses:1", False, "does not answer"),
        ("http://hangs:1", False, "did not answer within 0.05 s"),
    ],
)
async def test_a_service_is_healthy_only_when_it_says_so(url: str, healthy: bool, sentence: str) -> None:  # noqa: FBT001
    """A 2xx answer from /health is healthy; anything else is not, and the sentence says why."""
    async with health_client(httpx.MockTransport(_answer)) as client:
        async with asyncio.timeout(1):
            answers = await check_all(client, [url], timeout_seconds=0.05)

    assert (healthy, sentence) == (answers[url].healthy, answers[url].sentence)


async def test_services_are_asked_at_the_same_time() -> None:
    """Each of three services answers only once all three have been asked."""
    barrier = asyncio.Barrier(3)

    async def answer_together(_request: httpx.Request) -> httpx.Response:
        await barrier.wait()
        return httpx.Response(200)

    urls = [f"http://service-{number}" for number in range(3)]
    async with health_client(httpx.MockTransport(answer_together)) as client:
        answers = await check_all(client, urls, timeout_seconds=5)

    assert dict.fromkeys(urls, True) == {url: health.healthy for url, health in answers.items()}


async def test_an_address_that_is_none_counts_as_silent() -> None:
    """A malformed address is an unhealthy service, not an error of the page."""
    async with health_client() as client:
        answers = await check_all(client, ["http://[broken"])

    assert {"http://[broken": Health(healthy=False, sentence="does not answer", milliseconds=None)} == answers
