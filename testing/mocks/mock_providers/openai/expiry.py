"""When a file shall expire, as callers ask for it: `{"anchor": "created_at", "seconds": n}`."""

from __future__ import annotations

from typing import Any

from mock_providers.openai.errors import invalid_value, missing_parameter

_SHORTEST, _LONGEST = 3600, 2_592_000
DEFAULT_BATCH_LIFETIME = _LONGEST


def read_expiry(name: str, value: Any) -> int | None:
    """Return the seconds, or None where nothing is asked for; raises the 400 of a value that cannot be."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid_value(name, "an object with 'anchor' and 'seconds' is expected.")
    for part in ("anchor", "seconds"):
        if value.get(part) is None:
            raise missing_parameter(f"{name}[{part}]")
    if value["anchor"] != "created_at":
        raise invalid_value(f"{name}[anchor]", "'created_at' is the only anchor.")
    return _checked_seconds(f"{name}[seconds]", value["seconds"])


def _checked_seconds(name: str, value: Any) -> int:
    digits = (
        value.isascii() and value.isdigit() and len(value) <= len(str(_LONGEST)) if isinstance(value, str) else False
    )
    seconds = int(value) if digits else value
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not _SHORTEST <= seconds <= _LONGEST:
        raise invalid_value(name, f"it must lie between {_SHORTEST} and {_LONGEST}.")
    return seconds
