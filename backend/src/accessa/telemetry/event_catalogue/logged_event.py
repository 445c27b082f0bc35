"""What the catalogue says of one event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One thing that happens: the name it is logged under, at which level, what it means, and with which fields.

    The level is that of the call in the code: `exception` is `error` with the type and the way of what was raised.
    """

    name: str
    level: str
    meaning: str
    fields: tuple[str, ...] = ()


def event(name: str, level: str, meaning: str, fields: str = "") -> LoggedEvent:
    """Return an entry of the catalogue; `fields` are names with spaces between."""
    return LoggedEvent(name, level, meaning, tuple(fields.split()))
