"""The bearer key of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from mock_providers.bearer import bearer_key, key_accepted
from mock_providers.openai.errors import missing_key, wrong_key


def require_key(expected: str | None) -> Callable[..., Awaitable[None]]:
    """Return the dependency that asks for a key, the `expected` one if there is one."""

    async def check_key(request: Request) -> None:
        key = bearer_key(request.headers.get("authorization"))
        if key is None:
            raise missing_key()
        if not key_accepted(key, expected):
            raise wrong_key()

    return check_key
