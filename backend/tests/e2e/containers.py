"""The containers of a stack under test, seen past the product."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from python_on_whales import Container, DockerClient

_SERVICE = "com.docker.compose.service"
_SEND = """
import os, pathlib, sys
first, number, to = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
stats = (path.read_text().rpartition(")")[2].split()[1] + " " + path.parent.name
         for path in pathlib.Path("/proc").glob("[0-9]*/stat") if path.exists())
behind = [int(line.split()[1]) for line in stats if int(line.split()[0]) == first]
os.kill(behind[0] if to == "program" and behind else first, number)
"""


def project_name(home: Path) -> str:
    """Return the name of the compose project of a home."""
    return str(dotenv_values(home / ".env")["COMPOSE_PROJECT_NAME"])


def containers_of(home: Path, service: str | None = None) -> list[Container]:
    """Return the containers of a home, or of one of its services."""
    filters: list[Any] = [("label", f"com.docker.compose.project={project_name(home)}")]
    filters += [("label", f"{_SERVICE}={service}")] if service else []
    return DockerClient().container.list(all=True, filters=filters)


def send(home: Path, service: str, number: signal.Signals, *, to: str) -> None:
    """Send a signal to each container of a service: `to` its "first" process, or to the "program" behind that.

    It comes from a container beside it, as neither every user nor every machine sees those processes.
    """
    image = str(dotenv_values(home / ".env")["ACCESSA_IMAGE"])
    for container in containers_of(home, service):
        command = ["-c", _SEND, str(container.state.pid), str(int(number)), to]
        DockerClient().run(image, command, entrypoint="python", pid="host", user="0", cap_add=["KILL"], remove=True)


def state_of(home: Path, service: str, *, hosts: bool = False) -> dict[str, Any]:
    """Return what a container may do, or with `hosts` on which addresses its ports are open."""
    [container] = containers_of(home, service)
    limits = container.host_config
    if hosts:
        bindings = (container.network_settings.ports or {}).values()
        return {"hosts": {entry["HostIp"] for found in bindings for entry in found or ()}}
    return {
        "user": container.config.user,
        "read_only": limits.readonly_rootfs,
        "dropped": list(limits.cap_drop or []),
        "added": list(limits.cap_add or []),
        "no_new_privileges": any("no-new-privileges" in option for option in limits.security_opt or []),
        "memory": bool(limits.memory),
        "rotates": "max-size" in ((limits.log_config and limits.log_config.config) or {}),
    }


def raw_logs(home: Path) -> dict[str, bytes]:
    """Return every byte that each container has written."""
    return {
        str((container.config.labels or {})[_SERVICE]): str(DockerClient().logs(container)).encode()
        for container in containers_of(home)
    }


def remove(home: Path) -> None:
    """Remove containers, volumes, network and image of a home."""
    docker = DockerClient(
        compose_project_name=project_name(home),
        compose_project_directory=Path(__file__).parents[3],
        compose_env_files=[home / ".env"],
    )
    docker.compose.down(volumes=True, remove_orphans=True, remove_images="local", quiet=True)
