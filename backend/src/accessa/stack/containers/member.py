"""One container of the project, read from what the engine tells of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

_SERVICE, _NUMBER = "com.docker.compose.service", "com.docker.compose.container-number"
_COMMIT = "org.opencontainers.image.revision"
# Of a program that has ended by itself, and of those that ended by the signal to stop.
_ENDED_IN_ORDER = (0, 130, 143)
_FIRST_PROCESSES = {"docker-init", "tini"}
# They run once, before the others.
ONCE = ("migrations", "provider-check")


@dataclass(frozen=True, slots=True)
class Member:
    """One container: `name` is that of its service, with a number from the second on; `state` says how it is."""

    name: str
    service: str
    container_id: str
    state: str
    pid: int | None
    restarts: int
    exit_code: int | None
    image: str = ""
    image_commit: str = ""
    ports: frozenset[int] = frozenset()
    out_of_memory: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_failed(self) -> bool:
        """Whether it has ended, and not as it was told to."""
        return self.state == "stopped" and self.exit_code not in _ENDED_IN_ORDER

    @property
    def runs(self) -> bool:
        """Whether its process lives, or is about to be started again."""
        return self.state not in {"stopped", "done", "waiting"}


def read_member(told: Mapping[str, Any]) -> Member:
    """Return the container that `docker inspect` tells of."""
    configuration, state = told["Config"], told["State"]
    labels: Mapping[str, str] = configuration.get("Labels") or {}
    service, number = labels.get(_SERVICE, ""), labels.get(_NUMBER, "1")
    lives = bool(state["Running"])
    return Member(
        name=service if number == "1" else f"{service}-{number}",
        service=service,
        container_id=told["Id"],
        state=_word(service, state),
        pid=_program(int(state["Pid"]), told["Id"]) if lives else None,
        restarts=int(told.get("RestartCount") or 0),
        exit_code=None if lives else int(state["ExitCode"]),
        image=str(configuration["Image"]),
        image_commit=labels.get(_COMMIT, ""),
        ports=frozenset(_ports(told)) if lives else frozenset(),
        out_of_memory=bool(state.get("OOMKilled")),
        environment=dict(entry.partition("=")[::2] for entry in configuration.get("Env") or ()),
    )


def _ports(told: Mapping[str, Any]) -> Iterator[int]:
    """Yield the ports of this machine that lead into the container."""
    for bindings in (told["NetworkSettings"].get("Ports") or {}).values():
        yield from (int(binding["HostPort"]) for binding in bindings or ())


def _word(service: str, state: Mapping[str, Any]) -> str:
    """Return the state in the words that the embedded stack has for it."""
    if state.get("Restarting"):
        return "restarting"
    if state["Status"] == "created":
        return "waiting"
    if not state["Running"]:
        return "done" if service in ONCE and state["ExitCode"] == 0 else "stopped"
    health: Mapping[str, str] = state.get("Health") or {}
    return health.get("Status", "healthy")


def _program(first: int, container_id: str) -> int | None:
    """Return the process that does the work: the first one of a container may only wait for it.

    Where containers run in a machine of their own, as on macOS, a process of that number is another program's.
    """
    try:
        if sys.platform != "linux" or container_id not in Path(f"/proc/{first}/cgroup").read_text():
            return None
        process = psutil.Process(first)
        children = process.children() if process.name() in _FIRST_PROCESSES else []
    except (OSError, psutil.Error):
        return None
    return int(children[0].pid if children else process.pid)
