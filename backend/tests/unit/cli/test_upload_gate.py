"""The gate of uploads: wider while all goes well, narrower when the API asks for a moment, and never stuck."""

from __future__ import annotations

import asyncio

from accessa.cli.upload_gate import MOST_UPLOADS, UploadGate


async def most_inside(gate: UploadGate, uploads: int) -> int:
    """Send so many uploads through and return how many were inside at most."""
    inside = most = 0

    async def upload() -> None:
        nonlocal inside, most
        async with gate:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(upload() for _ in range(uploads)))
    return most


async def test_the_gate_widens_up_to_its_most() -> None:
    """It begins with a few, and lets the most through once many have gone well."""
    gate = UploadGate()

    assert [4, MOST_UPLOADS] == [await most_inside(gate, 4), await most_inside(gate, 400)]


async def test_a_refusal_halves_it_and_one_upload_always_gets_through() -> None:
    """Each refusal halves the room; after many of them uploads go one by one, and all still go."""
    half, closed = UploadGate(), UploadGate()
    half.narrow()
    for _ in range(9):
        closed.narrow()

    assert [2, 1] == [await most_inside(half, 4), await most_inside(closed, 2)]
    assert MOST_UPLOADS == await most_inside(closed, 400)


async def test_an_upload_that_is_called_off_gives_its_turn_on() -> None:
    """Who is cancelled while it waits, or just as its turn came, leaves nobody behind waiting."""
    gate = UploadGate()
    for _ in range(9):
        gate.narrow()
    async with gate:
        waiting = [asyncio.create_task(most_inside(gate, 1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
    waiting[0].cancel()

    found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert [True, True, False] == [isinstance(one, asyncio.CancelledError) for one in found]
