"""Who may call: any bearer key, or the one of the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, HTTPException

from mock_providers.bearer import bearer_key, key_accepted

_UNAUTHORIZED = 401


def require_key(expected: str | None) -> Callable[..., Awaitable[None]]:
    """Return a dependency that answers 401 to a request without an accepted bearer key."""

    async def check(authorization: Annotated[str | None, Header()] = None) -> None:
        key = bearer_key(authorization)
        if key is None or not key_accepted(key, expected):
            raise HTTPException(_UNAUTHORIZED, "Invalid authentication token")

    return check
