"""How a client program of Postgres, such as `pg_dump`, is run against one database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientProgram:
    """A command line that further options can follow, and its whole environment; the password is in neither's options.

    It may run in a container, so data goes over its standard input and output only, never over the path of a file.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]

    def with_options(self, *options: str) -> tuple[str, ...]:
        """Return the command line with more options."""
        return (*self.argv, *options)
