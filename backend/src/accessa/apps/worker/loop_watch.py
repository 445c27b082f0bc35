"""Tells when the event loop has been held up: while it is, nothing on it can say so."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback

from accessa.telemetry.logs import get_logger
from accessa.telemetry.loop_lag import LoopLag

log = get_logger(__name__)

_TICK_SECONDS = 0.5
_MOST_FRAMES = 3


class LoopWatch:
    """Watches the loop it runs on from a thread of its own; it is held up when one turn takes over `limit_seconds`."""

    def __init__(self, limit_seconds: float = 5.0) -> None:
        """Watch nothing yet."""
        self._limit = limit_seconds
        self._ticked = time.monotonic()
        self._worst = 0.0
        self._pause = min(_TICK_SECONDS, limit_seconds / 4)
        #: by how much the worst turn came late between the last two times that `was_held_up` was asked
        self.lag_seconds = 0.0
        self._ended = threading.Event()
        self._loop_thread = 0

    async def run(self) -> None:
        """Tick until cancelled."""
        self._loop_thread = threading.get_ident()
        self._ticked = time.monotonic()
        threading.Thread(target=self._watch, name="loop-watch", daemon=True).start()
        try:
            with LoopLag(self._pause) as lag:
                while True:
                    self._tick()
                    await asyncio.sleep(self._pause)
                    lag.tick()
        finally:
            self._ended.set()

    def was_held_up(self) -> bool:
        """Tell whether the loop was held up since this was asked last."""
        self._tick()
        worst, self._worst = self._worst, 0.0
        self.lag_seconds = max(0.0, worst - self._pause)
        return worst > self._limit

    def held_up_seconds(self) -> float:
        """Return for how long the loop has been held up by now, or 0 while it is not; safe in any thread."""
        waited = time.monotonic() - self._ticked
        return waited if waited > self._limit else 0.0

    def _tick(self) -> None:
        now = time.monotonic()
        self._worst = max(self._worst, now - self._ticked)
        self._ticked = now

    def _watch(self) -> None:
        told = 0.0
        while not self._ended.wait(self._pause):
            ticked = self._ticked
            if time.monotonic() - ticked > self._limit and ticked != told:
                told = ticked
                log.error("The event loop is held up", code="LOOP_HELD_UP", limit_seconds=self._limit, at=self._place())

    def _place(self) -> list[str]:
        """Return where the loop's thread is, innermost last: files and lines, never values."""
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - there is no other way to ask
        return [f"{entry.filename}:{entry.lineno}" for entry in traceback.extract_stack(frame)[-_MOST_FRAMES:]]
