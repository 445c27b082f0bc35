"""Remembered values: one computation per period, shared by all who ask."""

from __future__ import annotations

import asyncio

from accessa.observe.remembered import Remembered


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Counter:
    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> int:
        self.calls += 1
        await self._let_others_run()
        return self.calls

    @staticmethod
    async def _let_others_run() -> None:
        turn = asyncio.Event()
        asyncio.get_running_loop().call_soon(turn.set)
        await turn.wait()


async def test_callers_at_the_same_time_share_one_computation() -> None:
    """Twenty callers that come together cause one computation."""
    counter = _Counter()
    remembered = Remembered(counter, seconds=2, clock=_Clock())

    answers = await asyncio.gather(*(remembered.get() for _ in range(20)))

    assert ([1] * 20, 1) == (answers, counter.calls)


async def test_an_answer_is_kept_for_its_period_and_no_longer() -> None:
    """The answer stays the same until the period is over, then it is computed anew."""
    clock = _Clock()
    remembered = Remembered(_Counter(), seconds=2, clock=clock)

    answers = []
    for now in (0.0, 1.9, 2.0, 3.9, 4.1):
        clock.now = now
        answers.append(await remembered.get())

    assert [1, 1, 2, 2, 3] == answers


async def test_a_caller_who_leaves_does_not_spoil_the_answer_for_others() -> None:
    """A caller cancelled during the computation leaves the next caller a working one."""
    entered, may_end = asyncio.Event(), asyncio.Event()

    async def compute() -> str:
        entered.set()
        await may_end.wait()
        return "answer"

    remembered = Remembered(compute, seconds=2, clock=_Clock())
    leaver = asyncio.create_task(remembered.get())
    await entered.wait()
    leaver.cancel()
    may_end.set()

    assert await remembered.get() == "answer"
    assert leaver.cancelled()
