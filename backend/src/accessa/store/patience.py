"""How long somebody waits for the database, and how often he looks meanwhile."""

from __future__ import annotations

import asyncio
import random
import time

from accessa.domain.retry_rules import backoff_seconds

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


class Patience:
    """A time that runs out, and pauses that grow, with jitter, so that not everybody comes back at once."""

    def __init__(self, seconds: float) -> None:
        """Start to count."""
        self._ends = time.monotonic() + seconds
        self._rests = 0

    @property
    def is_over(self) -> bool:
        """Tell whether the time has run out."""
        return time.monotonic() >= self._ends

    async def rest(self) -> None:
        """Pause before the next look."""
        self._rests += 1
        await asyncio.sleep(
            backoff_seconds(
                self._rests,
                base_seconds=_FIRST_PAUSE_SECONDS,
                cap_seconds=_LONGEST_PAUSE_SECONDS,
                jitter=random.random,
            )
        )
