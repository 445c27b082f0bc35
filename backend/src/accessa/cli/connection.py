"""Finds the API and the database that a command means: those of the settings, else of the running stack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from accessa.cli.api_client import ApiClient
from accessa.cli.output import note
from accessa.domain.errors import UsageError
from accessa.settings import Environment, Settings, load_settings
from accessa.stack import is_running, stack_environment

_Result = TypeVar("_Result")

QUICK_PATIENCE_SECONDS = 5.0
LONG_PATIENCE_SECONDS = 120.0  # a hung API is started again in less than half of it


def ask_api(work: Callable[[ApiClient], Awaitable[_Result]], user: UUID | None) -> _Result:
    """Run `work` with a client for `user` (default ACCESSA_USER_ID) that gives up soon when the API is silent."""

    async def session() -> _Result:
        async with open_api(user, QUICK_PATIENCE_SECONDS) as api:
            return await work(api)

    return asyncio.run(session())


def open_api(user: UUID | None, patience_seconds: float) -> ApiClient:
    """Return a client of the API; raise `UsageError` STACK_NOT_RUNNING when there is none to talk to."""
    settings = load_settings()

    def tell_silence() -> None:
        note(f"note: the API does not answer; trying again for up to {patience_seconds:.0f} s")

    return ApiClient(
        api_url(settings),
        str(user or settings.stack.user_id),
        patience_seconds=patience_seconds,
        on_silence=tell_silence if patience_seconds > QUICK_PATIENCE_SECONDS else lambda: None,
    )


def api_url(settings: Settings) -> str:
    """Return ACCESSA_API_URL, else the address of the running stack's API."""
    url = settings.stack.api_url
    if not url:
        return stack_environment(settings)["API_URL"]
    if not url.startswith(("http://", "https://")):
        raise UsageError("SETTINGS_INVALID", "The setting ACCESSA_API_URL must begin with http:// or https://.")
    return url


def database_url(settings: Settings) -> str:
    """Return the address, with its password, of the database that a command means.

    On a laptop that is the running stack's: DATABASE_URL of the shell may well belong to another project, and the stack
    does not use it either. Everywhere else, or when no stack runs, it is DATABASE_URL.
    """
    url = settings.database.url.get_secret_value()
    local = settings.runtime.environment is Environment.LOCAL
    if url and not (local and is_running(settings)):
        return url
    if not local:
        raise UsageError("SETTINGS_INVALID", "The setting DATABASE_URL is missing; set it and run the command again.")
    return stack_environment(settings)["DATABASE_URL"]
