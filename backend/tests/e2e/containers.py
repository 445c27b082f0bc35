"""The containers of a stack under test, seen past the product."""

from __future__ import annotations

from pathlib import Path

from dotenv import dotenv_values
from python_on_whales import DockerClient

_SERVICE = "com.docker.compose.service"


def project_name(home: Path) -> str:
    """Return the name of the compose project of a home."""
    return str(dotenv_values(home / ".env")["COMPOSE_PROJECT_NAME"])


def raw_logs(home: Path) -> dict[str, bytes]:
    """Return every byte that each container has written."""
    docker = DockerClient()
    found = docker.container.list(all=True, filters=[("label", f"com.docker.compose.project={project_name(home)}")])
    return {str((container.config.labels or {})[_SERVICE]): str(docker.logs(container)).encode() for container in found}


def remove(home: Path) -> None:
    """Remove containers, volumes, network and image of a home."""
    docker = DockerClient(
        compose_project_name=project_name(home),
        compose_project_directory=Path(__file__).parents[3],
        compose_env_files=[home / ".env"],
    )
    docker.compose.down(volumes=True, remove_orphans=True, remove_images="local", quiet=True)
