"""Whole requests over a leaner HTTP library, for the few calls that are made by the thousand.

Answers and errors are those of httpx, so that nobody above has to know two libraries. Where a proxy stands between,
httpx does the work itself, as it knows more kinds of them.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from accessa.domain.addresses import host_of, is_loopback, trust_for
from accessa.telemetry import traces
from accessa.telemetry.log_context import outgoing_headers

if TYPE_CHECKING:
    import aiohttp

_MOST_CONNECTIONS = 100
_MOST_AT_ONCE = 1024 * 1024
# Shorter than servers keep an idle connection, so that no request is sent into one that is about to close.
_KEEP_ALIVE_SECONDS = 5.0
# As much of an answer is taken from the network before anybody has asked for it.
_AHEAD_BYTES = 4 * 1024 * 1024
# aiohttp hands the body out in plain: what is told about its way here no longer holds.
_TRAVEL_HEADERS = {b"content-encoding", b"transfer-encoding"}


class DirectCalls:
    """Sends small whole requests to one service; one event loop, connections are kept and shared."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        timeout: httpx.Timeout,
        look: Callable[[httpx.Response], Awaitable[None]] | None = None,
    ) -> None:
        """Take the address, which every path follows as it is, headers for every request, and who looks at answers."""
        self._look = look
        self._base_url = base_url
        self._headers = dict(headers)
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self, method: str, path: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return the whole answer, whatever its status; raises what httpx raises. Redirects are not followed."""
        session = self._session or self._open()
        with _in_words_of_httpx():
            async with session.request(
                method,
                self._base_url + path,
                data=_payload(content),
                headers={**(headers or {}), **_told()},
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        told = [(name, value) for name, value in answer.raw_headers if name.lower() not in _TRAVEL_HEADERS]
        response = httpx.Response(answer.status, headers=told, content=body)
        if self._look is not None:
            await self._look(response)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415 - it takes a tenth of a second, which only who sends should pay

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=_MOST_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_SECONDS, ssl=_trusted(self._base_url)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            read_bufsize=_AHEAD_BYTES,
            requote_redirect_url=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._timeout.connect, sock_read=self._timeout.read, connect=self._timeout.pool
            ),
        )
        return self._session


async def tell_whom_for(request: httpx.Request) -> None:
    """Add the headers of the present work to a request of httpx; for its hook of requests."""
    request.headers.update(_told())


def _told() -> dict[str, str]:
    return {**outgoing_headers(), **traces.outgoing_headers()}


def warm_up() -> None:
    """Pay at a process's start what the first request would pay otherwise."""
    import aiohttp  # noqa: F401, PLC0415


def _payload(content: bytes | None) -> bytes | BytesIO | None:
    """Return the body in the form that aiohttp likes: it wants to be handed much of it as a file."""
    return BytesIO(content) if content is not None and len(content) > _MOST_AT_ONCE else content


def goes_direct(base_url: str) -> bool:
    """Tell whether no proxy of the environment stands between this machine and an address."""
    return is_loopback(base_url) or not getproxies() or bool(proxy_bypass(host_of(base_url)))


def _trusted(base_url: str) -> ssl.SSLContext | bool:
    if not base_url.startswith("https:"):
        return True
    trust = trust_for(base_url)
    return trust if isinstance(trust, ssl.SSLContext) else httpx.create_ssl_context()


@contextmanager
def _in_words_of_httpx() -> Iterator[None]:
    """Raise each error of aiohttp as the one that httpx has for it; in doubt as one after the request was sent."""
    import aiohttp  # noqa: PLC0415

    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise httpx.ConnectTimeout("") from None
    except aiohttp.ServerTimeoutError:
        raise httpx.ReadTimeout("") from None
    except aiohttp.ClientConnectorError:
        raise httpx.ConnectError("") from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError):
        raise httpx.UnsupportedProtocol("") from None
    except (aiohttp.ClientOSError, OSError):
        raise httpx.ReadError("") from None
    except aiohttp.ClientError:
        raise httpx.RemoteProtocolError("") from None
