"""The fault proxy does what each fault is named for, and nothing to a healthy connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from fault_proxy import Cut, FaultProxy, Moment, Toxics

PATIENCE_SECONDS = 5.0


class Echo:
    """A server that answers every message with itself and remembers what it was sent."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.read = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the client ends or the connection breaks."""
        try:
            while data := await reader.read(65_536):
                self.read += data
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, FaultProxy]]:
    """An echo server with the proxy before it."""
    server = Echo()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with FaultProxy(*listening.sockets[0].getsockname()) as proxy:
        yield server, proxy
    listening.close()


async def say(proxy: FaultProxy, words: bytes = b"words", *, most: int = 65_536) -> bytes:
    """Say something over a connection of its own and return all that comes back for it."""
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    try:
        writer.write(words)
        answer = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(answer) < len(words) and (piece := await reader.read(most)):
                answer += piece
        return answer
    finally:
        writer.transport.abort()


async def test_a_healthy_connection_passes_everything(echo: tuple[Echo, FaultProxy]) -> None:
    """Without a fault each byte arrives, in both directions."""
    words = bytes(range(256)) * 2000
    assert words == await say(echo[1], words)


async def test_slow_faults_lose_nothing(echo: tuple[Echo, FaultProxy]) -> None:
    """Latency, a narrow road, slices and a slow end change no byte."""
    _, proxy = echo
    proxy.play(
        upstream=Toxics(latency=0.01, slicer=2, slicer_delay=0.01), downstream=Toxics(bandwidth=1000, slow_close=0.01)
    )

    assert b"words" == await say(proxy)


def test_slowness_is_what_a_fault_says() -> None:
    """A piece takes the latency and its share of the bandwidth, and no piece is larger than a slice."""
    slow = Toxics(latency=0.5, bandwidth=10, slicer=2)

    assert [b"wo", b"rd", b"s"] == list(slow.slices(b"words"))
    assert 0.7 == slow.delay_of(b"wo")


async def test_a_proxy_that_is_down_refuses_and_comes_back_on_its_port(echo: tuple[Echo, FaultProxy]) -> None:
    """Down breaks connections and refuses new ones; up serves at the same address again."""
    _, proxy = echo
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    await say(proxy)
    await proxy.down()
    with pytest.raises(ConnectionRefusedError):
        await say(proxy)
    ended = await _ending(reader)
    writer.close()
    await proxy.up()

    assert (True, b"words") == (ended, await say(proxy))


async def test_a_black_hole_holds_back_until_it_heals(echo: tuple[Echo, FaultProxy]) -> None:
    """Nothing gets through a black hole, not even an end; what was sent arrives once it is gone."""
    server, proxy = echo
    proxy.play(upstream=Toxics(timeout=0))
    task = asyncio.create_task(say(proxy))
    await asyncio.wait({task}, timeout=0.05)
    held = (task.done(), server.read)
    proxy.heal()

    assert ((False, b""), b"words") == (held, await task)


async def test_a_timeout_closes_in_the_end(echo: tuple[Echo, FaultProxy]) -> None:
    """A black hole with a time closes the connection after it, without having passed anything on."""
    server, proxy = echo
    proxy.play(upstream=Toxics(timeout=0.02))
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    writer.write(b"words")

    assert (True, b"") == (await _ending(reader), server.read)
    writer.close()


async def test_a_reset_hits_connections_old_and_new(echo: tuple[Echo, FaultProxy]) -> None:
    """Whoever is connected when the fault is played is reset, and so is whoever comes later."""
    _, proxy = echo
    ends = []
    old = await asyncio.open_connection(proxy.host, proxy.port)
    await say(proxy)
    proxy.play(downstream=Toxics(reset_peer=0.01))
    new = await asyncio.open_connection(proxy.host, proxy.port)
    for reader, writer in (old, new):
        ends.append(await _ending(reader))
        writer.transport.abort()

    assert [True, True] == ends


async def test_a_limit_lets_only_so_many_bytes_through(echo: tuple[Echo, FaultProxy]) -> None:
    """After its bytes a limited connection is closed."""
    _, proxy = echo
    proxy.play(downstream=Toxics(limit_data=3))

    assert b"wor" == await say(proxy)


@pytest.mark.parametrize(("moment", "read"), [(Moment.BEFORE, b"one"), (Moment.AFTER, b"oneCOMMIT")])
async def test_a_cut_comes_at_its_moment(echo: tuple[Echo, FaultProxy], moment: Moment, read: bytes) -> None:
    """The connection breaks at the chosen words: they are swallowed, or the server's answer to them is."""
    server, proxy = echo
    cut = Cut(b"COMMIT", moment)
    proxy.play(cut=cut)
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    writer.write(b"one")
    first = await reader.read(3)
    writer.write(b"COMMIT")
    ended = await _ending(reader)
    writer.close()
    later = await say(proxy, b"COMMIT")

    assert (b"one", True, True, b"COMMIT") == (first, ended, cut.happened.is_set(), later)
    assert read + b"COMMIT" == server.read


def test_a_cut_counts_its_matches() -> None:
    """The first matches are skipped, then so many are taken; a chance takes the same ones for the same seed."""
    cut = Cut(b"COMMIT", skip=1, times=2)
    rare, again = (Cut(b"COMMIT", times=1000, chance=0.3, seed=7) for _ in range(2))
    taken = [rare.takes(b"COMMIT") for _ in range(100)]

    assert [False, True, True, False] == [cut.takes(b"; COMMIT;") for _ in range(4)]
    assert not cut.takes(b"BEGIN")
    assert taken == [again.takes(b"COMMIT") for _ in range(100)]
    assert 15 < sum(taken) < 45


async def _ending(reader: asyncio.StreamReader) -> bool:
    """Wait until a connection has ended or was reset; False when it brings bytes instead."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return not await reader.read(1)
    except ConnectionError:
        return True
