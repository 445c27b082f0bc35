"""The containers of the project as the engine sees them now."""

from __future__ import annotations

import shutil

import orjson

from accessa.domain.errors import UsageError
from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.member import Member, read_member
from accessa.stack.containers.project import Project

_PROJECT = "com.docker.compose.project"
_ORDER = (
    *("postgres", "migrations", "storage-api", "own-storage", "supabase-storage", "mock-llamaparse", "mock-openai"),
    *("provider-check", "api-server", "base-worker", "monitoring"),
)


def members(project: Project) -> list[Member]:
    """Return every container of the project, also those that have ended, in the order in which they need each other."""
    from python_on_whales.utils import run  # noqa: PLC0415 - see `client`

    with plain_words("asked for the containers"):
        found = _ids(project, ended=True)
        if not found:
            return []
        # The library inspects containers one by one, and anew for each thing that is asked of them.
        told = run([*client(project).client_config.docker_cmd, "container", "inspect", *found])
    return sorted(map(read_member, orjson.loads(str(told))), key=_place)


def any_runs(project: Project) -> bool:
    """Tell whether a container of the project runs; False where there is no Docker to ask."""
    if not project.env_file.exists() or shutil.which("docker") is None:
        return False
    try:
        with plain_words("asked for the containers"):
            return bool(_ids(project, ended=False))
    except UsageError:
        return False


def _ids(project: Project, *, ended: bool) -> list[str]:
    found = client(project).container.list(all=ended, filters=[("label", f"{_PROJECT}={project.name}")])
    return [container.id for container in found]


def _place(member: Member) -> tuple[int, str, int, str]:
    known = _ORDER.index(member.service) if member.service in _ORDER else len(_ORDER)
    return known, member.service, len(member.name), member.name
