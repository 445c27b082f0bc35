"""Follows many jobs at once by polling: quick at first, then calm, and never a flood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any

from accessa.cli.api_client import ApiClient
from accessa.cli.stall_notes import StallNotes
from accessa.domain.statuses import TERMINAL

Job = dict[str, Any]

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 1.0
_PAUSE_PER_JOB = 0.01  # many open jobs are looked at a hundred times a second, not as fast as they can be
_MOST_PER_ROUND = 64
_LOOKS_AT_ONCE = 8


class JobWatch:
    """Polls the jobs that somebody waits for; `on_look` sees every answer."""

    def __init__(self, api: ApiClient, on_look: Callable[[Job], None] = lambda _job: None) -> None:
        """Watch nothing yet; `run` does the looking."""
        self._api = api
        self._on_look = on_look
        self._stall = StallNotes(api)
        self._waiting: dict[str, asyncio.Future[Job]] = {}
        self._wanted = asyncio.Event()

    async def until_terminal(self, job_id: str) -> Job:
        """Wait until the job is complete or failed, and return it; raise what the API said instead."""
        future = self._waiting.setdefault(job_id, asyncio.get_running_loop().create_future())
        self._wanted.set()
        return await asyncio.shield(future)

    async def run(self) -> None:
        """Look again and again at every job that is waited for, until cancelled; whoever waits hears of an error."""
        try:
            await self._look_on()
        except Exception as error:  # noqa: BLE001 - otherwise everybody would wait for ever
            for future in self._waiting.values():
                future.set_exception(error)
            self._waiting.clear()

    async def _look_on(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await self._wanted.wait()
            await asyncio.sleep(pause)
            ended = await self._look_round()
            await self._stall.speak()
            calm = max(
                _FIRST_PAUSE if any(ended) else min(max(pause, _FIRST_PAUSE) * 1.3, _LONGEST_PAUSE),
                len(ended) * _PAUSE_PER_JOB,
            )
            # Where all have ended the next ones may have ended as well, so nothing is waited for.
            pause = 0.0 if all(ended) and self._waiting else calm
            if not self._waiting:
                self._wanted.clear()

    async def _look_round(self) -> list[bool]:
        """Look at those that nobody has looked at for longest; tell of each whether that was the last look at it."""
        ended: list[bool] = []
        turn = list(islice(self._waiting, _MOST_PER_ROUND))
        for start in range(0, len(turn), _LOOKS_AT_ONCE):
            ended += await asyncio.gather(*(self._look(job_id) for job_id in turn[start : start + _LOOKS_AT_ONCE]))
        for job_id in turn:
            if (future := self._waiting.pop(job_id, None)) is not None:
                self._waiting[job_id] = future
        return ended

    async def _look(self, job_id: str) -> bool:
        """Look at one job; tell whether that was the last look at it."""
        try:
            job = await self._api.job(job_id)
            self._on_look(job)
            self._stall.looked(job)
            ended = job["status"] in TERMINAL
        except Exception as error:  # noqa: BLE001 - of one job: the others go on
            self._waiting.pop(job_id).set_exception(error)
            return True
        if ended:
            self._waiting.pop(job_id).set_result(job)
        return ended
