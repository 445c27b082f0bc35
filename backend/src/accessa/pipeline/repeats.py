"""Which failed embedding calls are sent again at once, while their jobs still wait for an answer, and how often."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from accessa.domain.errors import AccessaError, TransientError
from accessa.domain.retry_rules import backoff_seconds
from accessa.providers.openai import CODES

_PASSING = {CODES.unavailable, CODES.rate_limited}
_MOST_REPEATS = 3
_MOST_MAYBE_BILLED = 2
_FIRST_PAUSE_SECONDS = 0.1
# Jobs that wait in the hands of a worker keep others from being taken up: who has to wait longer is let go of.
_LONGEST_PAUSE_SECONDS = 0.5
_PATIENCE_SECONDS = 3.0


@dataclass(slots=True)
class Repeats:
    """The repetitions of one call so far, and by what error it failed last."""

    last_error: AccessaError | None = None
    _number: int = 0
    _maybe_billed: int = 0
    _ends: float | None = None

    def begin(self) -> None:
        """Start the clock, as the call goes out for the first time."""
        if self._ends is None:
            self._ends = time.monotonic() + _PATIENCE_SECONDS

    def pause_after(self, error: AccessaError) -> float | None:
        """Count one more repetition and return the seconds before it, or None when the error is for the jobs to meet.

        The provider's Retry-After is not undercut. A call that the provider may have obeyed, and billed, all the same
        is repeated twice and never again.
        """
        may_be_billed = isinstance(error, TransientError)
        if error.code not in _PASSING or self._number == _MOST_REPEATS:
            return None
        if may_be_billed and self._maybe_billed == _MOST_MAYBE_BILLED:
            return None
        pause = backoff_seconds(
            self._number + 1,
            base_seconds=_FIRST_PAUSE_SECONDS,
            cap_seconds=_LONGEST_PAUSE_SECONDS,
            floor_seconds=error.retry_after_seconds,
            jitter=random.random,
        )
        if pause > _LONGEST_PAUSE_SECONDS or (self._ends is not None and time.monotonic() + pause > self._ends):
            return None
        self._number += 1
        self._maybe_billed += may_be_billed
        self.last_error = error
        return pause
