"""The lean way to a provider: the same answers and the same errors as by httpx, against servers that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from accessa.domain.errors import AccessaError, RecoverableError
from accessa.providers.direct_calls import DirectCalls, _trusted, goes_direct
from accessa.providers.http_calls import call
from accessa.providers.openai import CODES, OpenAIClient

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TIMEOUT = httpx.Timeout(0.3)
HEADERS = {"content-type": "application/json"}


@asynccontextmanager
async def served(handle: Handler) -> AsyncIterator[str]:
    """Run a server that reads the head and a body of two bytes and then does as `handle` says; give its address."""
    held: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.readuntil(b"\r\n\r\n{}")
        await handle(reader, writer)

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in held:
            writer.close()


def answering(raw: bytes, *, then_close: bool = True) -> Handler:
    """Return a handler that sends `raw`, and closes or keeps the connection."""

    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        if then_close:
            writer.close()

    return handle


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection instead of an answer."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


PACKED = gzip.compress(b'{"a": 1}')
FAULTS: dict[str, Handler] = {
    "closed": answering(b""),
    "reset": reset,
    "silent": answering(b"", then_close=False),
    "half a head": answering(b"HTTP/1.1 200 OK\r\ncontent-le"),
    "half a body": answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    "half a chunk": answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"),
    "no HTTP": answering(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "stuck": answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", then_close=False),
    "bad gzip": answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf"),
}
ANSWERS: dict[str, Handler] = {
    "plain": answering(b'HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 8\r\n\r\n{"a": 1}'),
    "gzip": answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + PACKED),
    "redirect": answering(b"HTTP/1.1 307 Go\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n"),
    "refusal": answering(b"HTTP/1.1 429 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"),
}


async def told_by(sender: httpx.AsyncClient | DirectCalls) -> tuple[object, ...]:
    """Return what an order through `sender` comes to: the answer, or the error of our tree."""
    try:
        response = await call(sender, "POST", "/x", CODES, content=b"{}", headers=HEADERS)
    except AccessaError as error:
        return type(error), error.code, error.provider_status, error.retry_after_seconds
    return response.status_code, response.content, response.headers.get("x-a"), response.headers.get("location")


@pytest.mark.parametrize("kind", [*FAULTS, *ANSWERS])
async def test_both_libraries_tell_the_same(kind: str) -> None:
    """Whatever a server does, the caller meets the same answer or the same error of our tree."""
    async with served((FAULTS | ANSWERS)[kind]) as address:
        direct = DirectCalls(address, {}, timeout=TIMEOUT)
        async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT, trust_env=False) as plain:
            expected, actual = await asyncio.gather(told_by(plain), told_by(direct))
        await direct.aclose()

    assert expected == actual


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://nobody.invalid", "http://[", "ftp://127.0.0.1"])
async def test_who_cannot_be_reached_was_sent_nothing(address: str) -> None:
    """A connection that never came about is told as one, so that the order can safely be sent again."""
    direct = DirectCalls(address, {}, timeout=TIMEOUT)
    found = await told_by(direct)
    await direct.aclose()

    assert (RecoverableError, "EMBED_UNAVAILABLE") == found[:2]


async def test_a_certificate_of_nobody_is_refused() -> None:
    """What speaks no TLS, or without a known authority, gets no request."""
    async with served(answering(b"")) as address:
        direct = DirectCalls(address.replace("http:", "https:"), {}, timeout=TIMEOUT)
        found = await told_by(direct)
        await direct.aclose()

    assert (RecoverableError, "EMBED_UNAVAILABLE") == found[:2]


async def test_a_large_body_arrives_whole_over_a_kept_connection() -> None:
    """Two megabytes go out unchanged, and the second request needs no second connection."""
    seen: list[int] = []
    peers: set[object] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.add(writer.get_extra_info("peername"))
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            seen.append(len(await reader.readexactly(2_000_000)))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=2**22)
    direct = DirectCalls(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {}, timeout=TIMEOUT)
    for _ in range(2):
        await direct.request("POST", "/x", content=bytes(2_000_000))
    await direct.aclose()
    server.close()

    assert ([2_000_000, 2_000_000], 1) == (seen, len(peers))


async def test_a_proxy_of_the_environment_takes_the_ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a proxy stands between, and only there, httpx does the work, which knows all kinds of them."""
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    addresses = ["https://api.openai.com/v1", "https://inside.example", "http://127.0.0.1:8002/v1"]

    assert [False, True, True] == [goes_direct(address) for address in addresses]
    async with OpenAIClient(addresses[0], "sk-test", timeout_seconds=1) as client:
        assert client._direct is None


def test_the_usual_authorities_are_trusted() -> None:
    """An https address is checked against the same authorities as by httpx, name included."""
    trust = _trusted("https://api.openai.com")

    assert isinstance(trust, ssl.SSLContext)
    assert (True, ssl.CERT_REQUIRED) == (trust.check_hostname, trust.verify_mode)
