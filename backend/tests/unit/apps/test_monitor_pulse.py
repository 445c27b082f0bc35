"""The pulse of the page: one look for all, nothing kept for whoever reads slowly, and an end that lets go of all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from accessa.apps.monitor import pulse as pulse_module
from accessa.apps.monitor.pulse import Pulse, TooManyViewersError, event


class _Looks:
    """Numbers its looks; the one that is asked to fails."""

    def __init__(self, fails_at: int = 0) -> None:
        self.number = 0
        self._fails_at = fails_at

    async def __call__(self) -> bytes:
        self.number += 1
        if self.number == self._fails_at:
            raise ValueError("this look fails on purpose")
        return event("state", str(self.number).encode())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse_module, "WATCHED_SECONDS", 0.0)


@pytest.fixture
async def looks() -> _Looks:
    """Looks that are counted."""
    return _Looks()


async def _run(pulse: Pulse) -> AsyncIterator[None]:
    task = asyncio.create_task(pulse.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _admitted(pulse: Pulse) -> AsyncIterator[bytes]:
    pulse.admit()
    frames = pulse.frames(b"greeting")
    assert b"retry: 1000\n\ngreeting" == await anext(frames)
    return frames


async def test_all_viewers_share_one_look(looks: _Looks) -> None:
    """Twenty pages get the same frame, which was looked up once."""
    pulse = Pulse(looks)
    viewers = [await _admitted(pulse) for _ in range(20)]

    async for _ in _run(pulse):
        frames = await asyncio.gather(*(anext(viewer) for viewer in viewers))

    assert {b"event: state\ndata: 1\n\n"} == set(frames)


async def test_a_slow_viewer_gets_the_newest_frame(looks: _Looks) -> None:
    """Whoever does not read for some looks finds no pile of them, but what is true now."""
    pulse = Pulse(looks)
    slow, quick = await _admitted(pulse), await _admitted(pulse)

    async for _ in _run(pulse):
        first = await anext(slow)
        for _turn in range(5):
            await anext(quick)
        second = await anext(slow)

    assert b"event: state\ndata: 1\n\n" == first
    assert int(second.split(b"data: ")[1]) > 4


async def test_a_look_that_fails_does_not_end_the_looks() -> None:
    """The viewers get the next one."""
    pulse = Pulse(_Looks(fails_at=1))
    viewer = await _admitted(pulse)

    async for _ in _run(pulse):
        assert b"event: state\ndata: 2\n\n" == await anext(viewer)


async def test_the_end_lets_go_of_every_viewer(looks: _Looks) -> None:
    """When the service stops, all streams end, and nobody is counted any more."""
    pulse = Pulse(looks)
    viewers = [await _admitted(pulse) for _ in range(3)]

    pulse.end()

    assert [[], [], []] == [[frame async for frame in viewer] for viewer in viewers]
    assert 0 == pulse.viewers


async def test_there_is_room_for_so_many_viewers_only(looks: _Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than may watch is refused, and let in once another is gone."""
    monkeypatch.setattr(pulse_module, "MOST_VIEWERS", 1)
    pulse = Pulse(looks)
    only = await _admitted(pulse)

    with pytest.raises(TooManyViewersError):
        pulse.admit()
    await only.aclose()  # type: ignore[attr-defined]

    pulse.admit()
    assert 1 == pulse.viewers
