"""Asks every service that speaks HTTP for its health, all at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Health:
    """What a service answered; `sentence` tells what is wrong and is empty when nothing is."""

    healthy: bool
    sentence: str
    milliseconds: float | None


def health_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the client for health checks; it takes no proxy from the environment and follows no redirect."""
    return httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)


async def check_all(
    client: httpx.AsyncClient, urls: Sequence[str], *, timeout_seconds: float = TIMEOUT_SECONDS
) -> dict[str, Health]:
    """Ask `/health` of each address in parallel; the whole takes no longer than the slowest allowed answer."""
    answers = await asyncio.gather(*(_check(client, url, timeout_seconds) for url in urls))
    return dict(zip(urls, answers, strict=True))


async def _check(client: httpx.AsyncClient, url: str, timeout_seconds: float) -> Health:
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout_seconds):
            response = await client.get(urljoin(url, "/health"))
    except (TimeoutError, httpx.TimeoutException):
        return Health(healthy=False, sentence=f"did not answer within {timeout_seconds:g} s", milliseconds=None)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return Health(healthy=False, sentence="does not answer", milliseconds=None)
    milliseconds = round((time.monotonic() - started) * 1000, 1)
    sentence = "" if response.is_success else f"answers with HTTP status {response.status_code}"
    return Health(healthy=response.is_success, sentence=sentence, milliseconds=milliseconds)
