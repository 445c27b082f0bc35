"""Whether our own API answers at the address that providers are told to call back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from accessa.domain.addresses import is_loopback, trust_for
from accessa.providers.http_calls import read_json

Probe = Callable[[str], Awaitable[str | None]]

_PATIENCE_SECONDS = 10.0
_SERVICE = "api-server"


async def probe_health(public_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> str | None:
    """Return None when our API answers at `public_url`, else what happens there, as the end of a sentence."""
    try:
        async with httpx.AsyncClient(
            timeout=_PATIENCE_SECONDS,
            transport=transport,
            trust_env=not is_loopback(public_url),
            verify=trust_for(public_url),
        ) as client:
            response = await client.get(f"{public_url.rstrip('/')}/health")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"nobody answers there ({type(error).__name__})"
    if not response.is_success:
        return f"the answer there has the status {response.status_code}"
    body = read_json(response.content)
    is_ours = isinstance(body, dict) and body.get("service") == _SERVICE
    return None if is_ours else "something else than this API answers there"
