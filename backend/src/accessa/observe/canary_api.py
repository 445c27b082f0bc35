"""The canaries' client of the API: patient as long as it is given time, and able to say what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from accessa.domain.addresses import is_loopback, trust_for
from accessa.domain.errors import AccessaError
from accessa.observe.api_answers import answer_of, api_unreachable, pause_asked, wants_patience
from accessa.telemetry.log_context import CORRELATION_HEADER

CANARY_USER = UUID("00000000-0000-4000-8000-00000000ca2a")
"""The user whom all canary documents belong to."""

_PAUSE_SECONDS = 0.5
_REQUEST_SECONDS = 20.0
_MOST_LEFTOVERS = 50

Answer = dict[str, Any]


class CanaryApi:
    """Speaks for the canaries' user; what the API cannot do now is tried again until the caller ends it.

    `trouble` is what the last try has met, or None once the API has answered well.
    """

    def __init__(self, base_url: str, correlation_id: str) -> None:
        """Prepare the client; `correlation_id` goes out with each request."""
        self._base_url = base_url
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"X-User-Id": str(CANARY_USER), CORRELATION_HEADER: correlation_id},
            timeout=_REQUEST_SECONDS,
            trust_env=not is_loopback(base_url),
            verify=trust_for(base_url),
        )
        self.trouble: AccessaError | None = None

    async def __aenter__(self) -> Self:
        """Open the connections."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def upload_bytes(self, name: str, content: bytes) -> Answer:
        """Upload `content` under `name`."""
        return await self._ask(lambda: self._http.post("/documents", files={"file": (name, content)}))

    async def job(self, identifier: str) -> Answer:
        """Return one job."""
        return await self._ask(lambda: self._http.get(f"/jobs/{identifier}"))

    async def search(self, query: str, limit: int) -> Answer:
        """Return what is found."""
        return await self._ask(lambda: self._http.post("/search", json={"query": query, "limit": limit}))

    async def delete(self, identifier: str) -> Answer:
        """Delete one document."""
        return await self._ask(lambda: self._http.delete(f"/documents/{identifier}"))

    async def leftovers(self) -> list[str]:
        """Return the ids of documents that canaries before this one have left."""
        documents = await self._ask(lambda: self._http.get("/documents", params={"limit": _MOST_LEFTOVERS}))
        return [document["document_id"] for document in documents["documents"]]

    async def _ask(self, attempt: Callable[[], Awaitable[httpx.Response]]) -> Answer:
        while True:
            try:
                response = await attempt()
            except httpx.TransportError:
                self.trouble, pause = api_unreachable(self._base_url), _PAUSE_SECONDS
            else:
                if not wants_patience(response):
                    self.trouble = None
                    return answer_of(response)
                self.trouble, pause = _refusal(response), max(_PAUSE_SECONDS, pause_asked(response))
            await asyncio.sleep(pause)


def _refusal(response: httpx.Response) -> AccessaError | None:
    try:
        answer_of(response)
    except AccessaError as error:
        return error
    return None
