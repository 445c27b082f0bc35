"""An outage of the database as one process meets it: told once when it begins and once when it is over."""

from __future__ import annotations

import time

from accessa.telemetry.logs import get_logger

_LONGEST_GRACE_SECONDS = 3.0
log = get_logger(__name__)


class Outage:
    """Whether the database is away; whoever asks it something says how that went."""

    def __init__(self) -> None:
        """Begin with a database that answers."""
        self.code: str | None = None
        self._began = 0.0
        self._ended: float | None = None
        self._lasted = 0.0

    def begin(self, code: str) -> None:
        """Take in that the database does not answer, or only takes reads."""
        if self.code is None:
            self._began = time.monotonic()
            log.warning("The database is away: everything waits until it is back", code=code)
        self.code = code

    def end(self) -> None:
        """Take in that it answers."""
        if self.code is not None:
            self.code = None
            self._ended = time.monotonic()
            self._lasted = self._ended - self._began
            log.info("The database is back", duration_seconds=round(self._lasted, 1))

    def is_settling(self, lease_seconds: float) -> bool:
        """Tell whether owners of jobs deserve a moment to renew the leases that ran out while nobody could."""
        if self._ended is None or self._lasted < lease_seconds / 2:
            return False
        return time.monotonic() - self._ended < min(_LONGEST_GRACE_SECONDS, lease_seconds / 10)
