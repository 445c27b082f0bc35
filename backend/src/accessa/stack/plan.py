"""What the supervisor is to run: frozen descriptions of services with every value filled in."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from accessa.stack.atomic_files import write_atomically
from accessa.stack.command import Identity


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Health(_Frozen):
    """How to see that a service works.

    `http`: GET `address` answers 200. `postgres`: the database at `address` answers a query. `worker`: the database at
    `address` holds a young heartbeat of the process. `exit`: the program has ended with code 0.
    """

    kind: Literal["http", "postgres", "worker", "exit"]
    address: str = ""


class Service(_Frozen):
    """One service: what to run, as whom, after which others, and how much patience it deserves, in seconds."""

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    directory: Path
    health: Health
    depends_on: tuple[str, ...] = ()
    port: int | None = None
    url: str | None = None
    identity: Identity | None = None
    stop_signal: int = int(signal.SIGTERM)
    stop_seconds: float = 10
    start_seconds: float = 30
    check_seconds: float = 2
    unhealthy_seconds: float = 30
    longest_pause_seconds: float = 30


class Plan(_Frozen):
    """Everything that the supervisor needs to know; no setting is read after this.

    `environment` is that of the services; the part of it that the user may tune is repeated in `tuning`. `renewals` is
    how many new processes of a service have been asked for.
    """

    stack_id: str
    version: str
    services: tuple[Service, ...]
    environment: dict[str, str]
    tuning: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    workers: int = 1
    renewals: dict[str, int] = {}

    def service(self, name: str) -> Service | None:
        """Return the service called `name`, if it is in the plan."""
        return next((service for service in self.services if service.name == name), None)


def write_plan(path: Path, plan: Plan) -> None:
    """Keep `plan` at `path`, readable by its owner only: it holds the keys of the local services."""
    write_atomically(path, plan.model_dump_json())


def read_plan(path: Path) -> Plan:
    """Return the plan kept at `path`; raise `FileNotFoundError` if there is none."""
    return Plan.model_validate_json(path.read_bytes())
