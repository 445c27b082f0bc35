"""The connection to Supabase Storage: address, key, and calls whose errors are those of our tree."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

import httpx
import orjson

from accessa.domain.addresses import is_loopback, trust_for
from accessa.domain.errors import UsageError
from accessa.providers.call_lines import told_of_storage
from accessa.providers.direct_calls import DirectCalls, goes_direct, tell_whom_for
from accessa.providers.storage_errors import Refusal, refusal_of, translated
from accessa.providers.traced_calls import call_span, note_answer

_CONNECT_SECONDS = 10.0


class StorageConnection:
    """Makes calls with one key; an asynchronous context manager that closes its connections."""

    def __init__(
        self,
        base_url: str,
        service_key: str,
        *,
        public_url: str = "",
        timeout_seconds: float = 60,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the project's address without `/storage/v1`, and the service role's key.

        `public_url` is the address of the same storage for those outside, who may not reach the first.

        Raises `UsageError` SETTINGS_INVALID when the address or the key cannot be sent at all.
        """
        if not service_key.isascii() or not service_key.isprintable():
            raise UsageError("SETTINGS_INVALID", "The storage's service key holds a character that no header may hold.")
        url = _service_url(base_url)
        self._base_url = str(url)
        self._public_url = str(_service_url(public_url or base_url))
        headers = {"apikey": service_key, "authorization": f"Bearer {service_key}", "accept-encoding": "identity"}
        timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS))
        self._direct: DirectCalls | None = None
        if transport is None and goes_direct(self._base_url):
            self._direct = DirectCalls(self._base_url, headers, timeout=timeout)
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=timeout,
            transport=transport,
            # A proxy of the environment serves the outside world, never a service of this machine.
            trust_env=not is_loopback(self._base_url),
            verify=trust_for(self._base_url),
            event_hooks={"request": [tell_whom_for]},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._direct is not None:
            await self._direct.aclose()
        await self._client.aclose()

    async def _call(
        self,
        method: str,
        url: str,
        *,
        json: Mapping[str, object] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[httpx.Response, Refusal | None]:
        if json is not None:
            content, headers = orjson.dumps(json), {**(headers or {}), "content-type": "application/json"}
        with told_of_storage(method, url) as told, call_span(method, self._base_url, url) as span, translated():
            response = await (self._direct or self._client).request(method, url, content=content, headers=headers)
            told.take(response)
            note_answer(span, response)
        return response, refusal_of(response)

    @asynccontextmanager
    async def _streamed(self, url: str) -> AsyncIterator[httpx.Response]:
        with told_of_storage("GET", url) as told:
            async with AsyncExitStack() as stack:
                with call_span("GET", self._base_url, url) as span:
                    response = await stack.enter_async_context(self._client.stream("GET", url))
                    note_answer(span, response)
                told.take(response)
                if not response.is_success:
                    await response.aread()
                    refusal = refusal_of(response)
                    if refusal is not None:
                        raise refusal.as_error()
                yield response


def _service_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(f"{base_url.rstrip('/')}/storage/v1/")
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise UsageError("SETTINGS_INVALID", "The storage's address must be of the form https://name, without a path.")
    return url
