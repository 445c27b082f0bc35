"""Lists in pages: `after`, `limit`, `has_more`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from mock_providers.openai.errors import ApiError


class Listed(Protocol):
    """Something that a list shows."""

    def view(self) -> dict[str, Any]:
        """Return it as the API shows it."""


def page_of(entries: Sequence[Listed], limit: int) -> dict[str, Any]:
    """Return the page of a list out of up to `limit` + 1 entries."""
    data = [entry.view() for entry in entries[:limit]]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": len(entries) > limit,
    }


def unknown_cursor(after: str) -> ApiError:
    """Return the 400 of an `after` that names nothing."""
    return ApiError(400, f"Invalid 'after': nothing with the id '{after}' is listed.", param="after")
