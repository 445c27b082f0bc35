"""Spans of time and sizes as sentences tell them."""

from __future__ import annotations

HOUR = 3600.0
DAY = 86_400.0


def told_span(seconds: float) -> str:
    """Return seconds in the largest unit of which there are two."""
    for name, unit in (("days", DAY), ("hours", HOUR), ("minutes", 60.0)):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{seconds:.0f} seconds"


def told_bytes(number: float) -> str:
    """Return a size in the largest decimal unit of which there is one."""
    for name, unit in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return f"{number:.0f} bytes"
