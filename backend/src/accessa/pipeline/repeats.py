"""Which failed embedding calls are sent again at once, while their jobs still wait for an answer, and how often."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from accessa.domain.errors import AccessaError, TransientError
from accessa.domain.retry_rules import backoff_seconds
from accessa.providers.openai import CODES

_PASSING = {CODES.unavailable, CODES.rate_limited}
_MOST_REPEATS = 3
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 3.0
# What took longer, as a time-out does, gains nothing by haste: the jobs' own pause is short beside it.
_PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Repeats:
    """How often a call was repeated, and by what error it failed last."""

    last_error: AccessaError | None = None
    _number: int = 0
    _ends: float = field(default_factory=lambda: time.monotonic() + _PATIENCE_SECONDS)

    def pause_after(self, error: AccessaError) -> float | None:
        """Count one more repetition and return the seconds before it, or None when the error is for the jobs to meet.

        The provider's Retry-After is not undercut. What a provider may have obeyed, and billed, all the same is
        repeated only once.
        """
        most = 1 if isinstance(error, TransientError) else _MOST_REPEATS
        asked_for = error.retry_after_seconds or 0.0
        if error.code not in _PASSING or self._number >= most or asked_for > _LONGEST_PAUSE_SECONDS:
            return None
        self._number += 1
        pause = backoff_seconds(
            self._number,
            base_seconds=_FIRST_PAUSE_SECONDS,
            cap_seconds=_LONGEST_PAUSE_SECONDS,
            floor_seconds=asked_for,
            jitter=random.random,
        )
        if time.monotonic() + pause > self._ends:
            return None
        self.last_error = error
        return pause
