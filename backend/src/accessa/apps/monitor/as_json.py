"""Figures as JSON."""

from __future__ import annotations

from uuid import UUID

import orjson


def as_json(value: object) -> bytes:
    """Return a value as JSON on one line; the driver's ids are a kind of their own."""
    return orjson.dumps(value, default=_told)


def _told(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
