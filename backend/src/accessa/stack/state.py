"""What runs now: the state file that the supervisor writes and everybody else reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from accessa.stack.atomic_files import write_atomically

ServicePhase = Literal["waiting", "starting", "healthy", "unhealthy", "restarting", "stopping", "stopped", "done"]
StackPhase = Literal["starting", "running", "stopping", "failed"]


class ServiceState(BaseModel):
    """One service as the supervisor last saw it; `created` is the birth of its process in seconds since 1970.

    `restarts` counts its deaths, `renewals` the new processes that somebody asked for.
    """

    name: str
    state: ServicePhase = "waiting"
    pid: int | None = None
    created: float = 0
    port: int | None = None
    url: str | None = None
    restarts: int = 0
    renewals: int = 0
    once: bool = False


class StackState(BaseModel):
    """The whole stack; `notes` are sentences for the user, `failure` says why a start was given up."""

    phase: StackPhase
    stack_id: str
    version: str
    supervisor_pid: int
    supervisor_created: float
    started_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    workers: int = 1
    notes: tuple[str, ...] = ()
    failed_service: str = ""
    failure: str = ""
    services: list[ServiceState] = Field(default_factory=list)

    def service(self, name: str) -> ServiceState | None:
        """Return the state of the service called `name`, if there is one."""
        return next((service for service in self.services if service.name == name), None)


def write_state(path: Path, state: StackState) -> None:
    """Replace the state file at once and durably; it holds no secret."""
    write_atomically(path, state.model_dump_json(indent=1), mode=0o644)


def load_state(path: Path) -> StackState | None:
    """Return what the state file says; None if there is none, or if it cannot be understood (an older version's)."""
    try:
        return StackState.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
