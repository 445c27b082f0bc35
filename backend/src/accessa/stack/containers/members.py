"""The containers of the project as the engine sees them now."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil

from accessa.domain.errors import UsageError
from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.project import Project

if TYPE_CHECKING:
    from python_on_whales import Container

_PROJECT = "com.docker.compose.project"
_SERVICE, _NUMBER = "com.docker.compose.service", "com.docker.compose.container-number"
# Of a program that has ended by itself, and of those that ended by the signal to stop.
_ENDED_IN_ORDER = (0, 130, 143)
_ORDER = (
    *("postgres", "migrations", "storage-api", "own-storage", "supabase-storage", "mock-llamaparse", "mock-openai"),
    *("provider-check", "api-server", "base-worker", "monitoring"),
)
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


def members(project: Project) -> list[Member]:
    """Return every container of the project, also those that have ended, in the order in which they need each other."""
    with plain_words("asked for the containers"):
        found = _listed(project, ended=True)
        return sorted(map(_member, found), key=_place)


def any_runs(project: Project) -> bool:
    """Tell whether a container of the project runs; False where there is no Docker to ask."""
    if not project.env_file.exists() or shutil.which("docker") is None:
        return False
    try:
        with plain_words("asked for the containers"):
            return bool(_listed(project, ended=False))
    except UsageError:
        return False


def _listed(project: Project, *, ended: bool) -> list[Container]:
    return client(project).container.list(all=ended, filters=[("label", f"{_PROJECT}={project.name}")])


def _member(container: Container) -> Member:
    labels: dict[str, str] = container.config.labels or {}
    state = container.state
    service, number = labels.get(_SERVICE, container.name), labels.get(_NUMBER, "1")
    return Member(
        name=service if number == "1" else f"{service}-{number}",
        service=service,
        container_id=container.id,
        state=_word(service, state),
        pid=_program(state.pid) if state.running else None,
        restarts=container.restart_count or 0,
        exit_code=None if state.running else state.exit_code,
        image=str(container.config.image),
        image_commit=labels.get("org.opencontainers.image.revision", ""),
        ports=frozenset(_ports(container)) if state.running else frozenset(),
        out_of_memory=bool(state.oom_killed),
        environment=dict(entry.partition("=")[::2] for entry in container.config.env or ()),
    )


def _ports(container: Container) -> Iterator[int]:
    """Yield the ports of this machine that lead into the container."""
    for bindings in (container.network_settings.ports or {}).values():
        yield from (int(binding["HostPort"]) for binding in bindings or ())


def _place(member: Member) -> tuple[int, str, int, str]:
    known = _ORDER.index(member.service) if member.service in _ORDER else len(_ORDER)
    return known, member.service, len(member.name), member.name


def _word(service: str, state: Any) -> str:
    """Return the state in the words that the embedded stack has for it."""
    if state.restarting:
        return "restarting"
    if state.status == "created":
        return "waiting"
    if not state.running:
        return "done" if service in ONCE and state.exit_code == 0 else "stopped"
    health = state.health.status if state.health else "healthy"
    return str(health or "starting")


def _program(first: int | None) -> int | None:
    """Return the process that does the work: the first one of a container may only wait for it.

    Where containers run in a machine of their own, as on macOS, no process of theirs is seen here.
    """
    try:
        process = psutil.Process(first or 0)
        children = process.children() if process.name() in {"docker-init", "tini"} else []
    except psutil.Error:
        return None
    return int(children[0].pid if children else process.pid)
