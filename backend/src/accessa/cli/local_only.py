"""Refuses what destroys documents anywhere but on a developer's own machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from accessa.domain.addresses import is_loopback
from accessa.domain.errors import UsageError
from accessa.settings import Environment, Settings


def refuse_outside_local(settings: Settings, deed: str) -> None:
    """Raise `UsageError` USAGE_WRONG outside ENVIRONMENT=local; `deed` says what it does, as `A reset deletes …`."""
    environment = settings.runtime.environment
    if environment is not Environment.LOCAL:
        raise UsageError("USAGE_WRONG", f"{deed}, so it is refused in ENVIRONMENT={environment}.")


def place_on_this_machine(url: str, deed: str) -> str:
    """Return name, host and port of the database; one of another machine is refused, whatever ENVIRONMENT says."""
    parts = urlsplit(url)
    if not is_loopback(url):
        raise UsageError("USAGE_WRONG", f"{deed}, so it is refused for a database elsewhere.")
    return f"{parts.path.lstrip('/')} at {parts.hostname}:{parts.port or 5432}"
