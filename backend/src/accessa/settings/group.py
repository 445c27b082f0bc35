"""What all groups of settings have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

# An empty variable sets no limit.
Limit = Annotated[float | None, BeforeValidator(lambda value: None if value == "" else value)]

MOST_WORKERS = 32
_LAST_PORT = 65_535


def read_workers(value: Any) -> int | Literal["auto"]:
    """Return a number of workers that was given as text; raises a `ValueError` that says what it has to be."""
    if value == "auto":
        return "auto"
    if str(value).isdecimal() and 1 <= int(value) <= MOST_WORKERS:
        return int(value)
    raise PydanticCustomError("workers", f"Input should be an integer from 1 to {MOST_WORKERS}, or auto")


Workers = Annotated[int | Literal["auto"], BeforeValidator(read_workers)]


def read_port(value: Any) -> int | Literal["off"]:
    """Return a port that was given as text, 0 for any free one, or `off`; raises a `ValueError` likewise."""
    if value == "off":
        return "off"
    if str(value).isdecimal() and int(value) <= _LAST_PORT:
        return int(value)
    raise PydanticCustomError("port", f"Input should be a port from 0 to {_LAST_PORT}, or off")


PortOrOff = Annotated[int | Literal["off"], BeforeValidator(read_port)]


def group(prefix: str) -> SettingsConfigDict:
    """Return how a group reads its variables: those that begin with `prefix`, from the environment or `.env.local`."""
    return SettingsConfigDict(env_prefix=prefix, env_file=".env.local", extra="ignore", frozen=True)
