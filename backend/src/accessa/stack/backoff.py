"""How long to wait before a service that died is started again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Pauses that double from `first` to `longest` seconds, and begin anew after a healthy time of `reset_after`."""

    first: float = 0.5
    longest: float = 30.0
    reset_after: float = 60.0
    _next: float = field(default=0.0, init=False)

    def pause(self, healthy_seconds: float) -> float:
        """Return the seconds to wait after a life that was healthy for `healthy_seconds` at its end."""
        if healthy_seconds >= self.reset_after or not self._next:
            self._next = self.first
        pause = self._next
        self._next = min(pause * 2, self.longest)
        return pause
