"""Moments as a person types them: so long ago, or a date and time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from accessa.domain.errors import UsageError

_AGO = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_moment(text: str, now: datetime) -> datetime:
    """Return the moment in UTC that `text` means: `90s`, `10m`, `2h` or `3d` before `now`, or an ISO date and time.

    A date and time without a zone is UTC, as in the log. Raises `UsageError` BAD_REQUEST.
    """
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            "BAD_REQUEST", f"{text} is no time; write 10m, 2h or 3d for so long ago, or 2026-11-26T10:00 in UTC."
        ) from None
