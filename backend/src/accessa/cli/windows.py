"""Spans of time as a person writes them: 90m, 24h or 7d."""

from __future__ import annotations

import re
from datetime import timedelta

from accessa.domain.errors import UsageError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_window(text: str) -> timedelta:
    """Return the span that `text` gives; raise `UsageError` USAGE_WRONG for anything else."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if found is None or not int(found[1]):
        raise UsageError("USAGE_WRONG", f"{text} is no time; write it like 90m, 24h or 7d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
