"""HTTP calls to a provider with every error of the HTTP library put into our own tree."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
import orjson

from accessa.domain.addresses import is_loopback, trust_for
from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.domain.provider_identity import identity_of, is_mock
from accessa.providers.call_lines import told_of_provider
from accessa.providers.call_metrics import measured
from accessa.providers.direct_calls import DirectCalls, goes_direct, tell_whom_for
from accessa.providers.rate_headers import seconds_until_reset
from accessa.providers.traced_calls import call_span, note_answer
from accessa.telemetry.logs import redact

_CONNECT_SECONDS = 5.0
_UNAUTHORISED = {401, 403}
_RATE_LIMITED = 429
_OUTAGE = {408, 409, 425, 500, 502, 503, 504, 520, 522, 524, 529}
_FIRST_ERROR = 400
_TOLD_CHARS = 500
_WHOLE = {"content", "headers"}
# Simulators name themselves by this header, wherever they run.
_MOCK_HEADER = "x-mock-provider"
# The request had been sent when these came up: what it orders may have been accepted, and billed, all the same.
_MAYBE_ACCEPTED = (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError)


@dataclass(frozen=True, slots=True)
class ErrorCodes:
    """The codes under which one provider's errors are told."""

    unavailable: str
    rate_limited: str
    rejected_key: str
    refused: str
    bad_response: str


class ProviderClient:
    """One account of a provider; an asynchronous context manager that closes its connections.

    `identity` is the name that all rows made by it carry. An answer by which a simulator gives itself away, where the
    address was taken for the real service, is refused with `RecoverableError` PROVIDER_IS_MOCK.
    """

    kind: ClassVar[str]
    codes: ClassVar[ErrorCodes]

    def __init__(
        self, base_url: str, api_key: str, *, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Keep the connection settings; a proxy of the environment is used, except towards this machine."""
        self.identity = identity_of(self.kind, base_url)
        self._budget_seconds = timeout_seconds
        headers = {"Authorization": f"Bearer {api_key}"}
        timeout = httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds))
        self._direct: DirectCalls | None = None
        if transport is None and goes_direct(base_url):
            self._direct = DirectCalls(base_url.rstrip("/"), headers, timeout=timeout, look=self._refuse_mock)
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers=headers,
            timeout=timeout,
            transport=transport,
            trust_env=not is_loopback(base_url),
            verify=trust_for(base_url),
            event_hooks={"request": [tell_whom_for], "response": [self._refuse_mock]},
        )

    async def _call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        paid: bool = False,
        special: Callable[[httpx.Response], AccessaError | None] = lambda _response: None,
        budget_seconds: float | None = None,
        **request: Any,
    ) -> httpx.Response:
        """Make one request under this provider's error codes; with its answer it may take the client's whole timeout.

        It is logged as `operation`, always when it is `paid` for.
        """
        with told_of_provider(self.identity, operation, paid=paid) as told, measured(self.identity, operation):
            response = await self._within(
                budget_seconds or self._budget_seconds, method, path, special=special, **request
            )
            told.take(response)
        return response

    async def _within(
        self,
        seconds: float,
        method: str,
        path: str,
        *,
        special: Callable[[httpx.Response], AccessaError | None],
        **request: Any,
    ) -> httpx.Response:
        """Make one request in so much time: an answer that trickles in would never run into a timeout of its own.

        Bytes as the body (`content` and `headers`) take the lean way where there is one.
        """
        sender = self._direct if self._direct and request.keys() == _WHOLE else self._client
        with call_span(method, str(self._client.base_url), path) as span:
            try:
                async with asyncio.timeout(seconds):
                    response = await call(sender, method, path, self.codes, special=special, **request)
            except TimeoutError:
                raise _translate_transport(httpx.ReadTimeout(""), self.codes, orders=method != "GET") from None
            note_answer(span, response)
            return response

    async def _refuse_mock(self, response: httpx.Response) -> None:
        if _MOCK_HEADER in response.headers and not is_mock(self.identity):
            raise RecoverableError("PROVIDER_IS_MOCK", provider_body=self.identity)

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trail: TracebackType | None
    ) -> None:
        """Close its connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the client's connections."""
        if self._direct is not None:
            await self._direct.aclose()
        await self._client.aclose()


async def call(
    client: httpx.AsyncClient | DirectCalls,
    method: str,
    path: str,
    codes: ErrorCodes,
    *,
    special: Callable[[httpx.Response], AccessaError | None] = lambda _response: None,
    **request: Any,
) -> httpx.Response:
    """Make one request and return a response below 400; anything else is raised as an error of our tree.

    `special` may claim an error response for itself before the general rules apply.
    """
    with translated_transport(codes, orders=method != "GET"):
        response = await client.request(method, path, **request)
    if response.status_code >= _FIRST_ERROR:
        raise special(response) or translate_status(response, codes)
    return response


@contextmanager
def translated_transport(codes: ErrorCodes, *, orders: bool = False) -> Iterator[None]:
    """Turn every error of the HTTP library into one of our tree; what `orders` may have been obeyed all the same."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict) as error:
        raise _translate_transport(error, codes, orders=orders) from None


def _translate_transport(error: Exception, codes: ErrorCodes, *, orders: bool) -> AccessaError:
    kind = TransientError if orders and isinstance(error, _MAYBE_ACCEPTED) else RecoverableError
    return kind(codes.unavailable, provider_body=type(error).__name__)


def translate_status(response: httpx.Response, codes: ErrorCodes) -> AccessaError:
    """Return our error for a response of 400 or more."""
    facts = facts_of(response)
    wait = retry_after_seconds(response)
    if response.status_code in _UNAUTHORISED:
        return RecoverableError(codes.rejected_key, **facts)
    if response.status_code == _RATE_LIMITED:
        pause = wait if wait is not None else seconds_until_reset(response.headers)
        return RecoverableError(codes.rate_limited, retry_after_seconds=pause, **facts)
    if response.status_code in _OUTAGE or response.is_server_error:
        kind = TransientError if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR else RecoverableError
        return kind(codes.unavailable, retry_after_seconds=wait, **facts)
    return PermanentError(codes.refused, **facts)


def facts_of(response: httpx.Response) -> dict[str, Any]:
    """Return the provider's own status and the beginning of its words, without what looks like a secret."""
    return {"provider_status": response.status_code, "provider_body": redact(response.text)[:_TOLD_CHARS]}


def retry_after_seconds(response: httpx.Response) -> float | None:
    """Return the pause that the provider asks for (`retry-after-ms` before `retry-after`), or None."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(response.headers[name]) / scale
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def json_object(response: httpx.Response, codes: ErrorCodes) -> dict[str, Any]:
    """Return the response's JSON object; anything else is a breach of the provider's contract."""
    body = read_json(response.content)
    if not isinstance(body, dict):
        raise TransientError(codes.bad_response, provider_status=response.status_code)
    return body


def read_json(content: bytes) -> Any:
    """Return what JSON bytes say, or None when they are no JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    # A page may hold half a surrogate pair, which orjson refuses and the standard library reads.
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
