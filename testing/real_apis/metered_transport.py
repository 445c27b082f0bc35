"""The one way out of the paid tests: a transport that sets money aside before it sends, and keeps what came back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

import httpx

from accessa.domain.addresses import host_of, is_loopback, trust_for
from real_apis.budget import Budget
from real_apis.tariff import Tariff

_FIRST_ERROR = 400
# Told once the bytes are plain: they say how an answer travelled, not what it is.
_TRAVEL_HEADERS = {"content-encoding", "content-length", "transfer-encoding"}
_ROUTES: Sequence[tuple[str, str, str]] = (
    ("GET", r"/api/v2/parse/versions", "parse_versions"),
    ("POST", r"/api/v1/beta/files", "upload_file"),
    ("POST", r"/api/v2/parse", "create_parse"),
    ("POST", r"/api/v2/parse/[^/]+/cancel", "cancel_parse"),
    ("GET", r"/api/v2/parse/[^/]+", "get_parse"),
    ("GET", r".*/models/[^/]+", "get_model"),
    ("POST", r".*/embeddings", "embeddings"),
    ("POST", r".*/files", "upload_file"),
    ("POST", r".*/batches", "create_batch"),
    ("GET", r".*/batches", "list_batches"),
    ("POST", r".*/batches/[^/]+/cancel", "cancel_batch"),
    ("GET", r".*/batches/[^/]+", "get_batch"),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer."""

    operation: str
    request: httpx.Request
    response: httpx.Response


class MeteredTransport(httpx.AsyncBaseTransport):
    """Sends a request by `inner` once its price is set aside; `exchanges` holds the last one of each operation."""

    def __init__(self, inner: httpx.AsyncBaseTransport, budget: Budget, tariff: Tariff) -> None:
        """Take the transport that sends, the money, and the prices."""
        self.exchanges: dict[str, Exchange] = {}
        self._inner = inner
        self._budget = budget
        self._tariff = tariff

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Set money aside, send, and keep the answer; raises `CostLimitError` or `UnknownPriceError` before sending."""
        await request.aread()
        self._budget.set_aside(f"{request.method} {request.url.path}", self._tariff.worst_case(request))
        answer = await self._inner.handle_async_request(request)
        content = await answer.aread()
        await answer.aclose()
        headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _TRAVEL_HEADERS]
        response = httpx.Response(answer.status_code, headers=headers, content=content)
        name = operation_of(request, response.status_code)
        self.exchanges[name] = Exchange(name, request, response)
        return response

    async def aclose(self) -> None:
        """Leave the connections to the next client: several share this transport."""

    async def close_connections(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def operation_of(request: httpx.Request, status: int) -> str:
    """Return the name of an operation, such as `get_parse`, `get_parse_result` or, when refused, `get_parse_404`."""
    path = request.url.path
    found = (name for method, pattern, name in _ROUTES if method == request.method and re.fullmatch(pattern, path))
    name = next(found, "unknown")
    if name == "get_parse" and "expand" in request.url.params:
        name = "get_parse_result"
    return f"{name}_{status}" if status >= _FIRST_ERROR else name


def outgoing(base_url: str) -> httpx.AsyncBaseTransport:
    """Return the transport that sends over the network, through the proxy of the environment where there is one."""
    proxy = None
    if not is_loopback(base_url) and not proxy_bypass(host_of(base_url)):
        proxy = getproxies().get("https")
    return httpx.AsyncHTTPTransport(verify=trust_for(base_url), proxy=proxy)
