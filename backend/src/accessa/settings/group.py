"""What all groups of settings have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import SettingsConfigDict

# An empty variable sets no limit.
Limit = Annotated[float | None, BeforeValidator(lambda value: None if value == "" else value)]


def group(prefix: str) -> SettingsConfigDict:
    """Return how a group reads its variables: those that begin with `prefix`, from the environment or `.env.local`."""
    return SettingsConfigDict(env_prefix=prefix, env_file=".env.local", extra="ignore", frozen=True)
