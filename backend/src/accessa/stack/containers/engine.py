"""Docker, as far as the stack needs it: one compose project, and errors in plain words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from accessa.domain.errors import UsageError
from accessa.stack.containers.project import Project

if TYPE_CHECKING:
    from python_on_whales import DockerClient

_LEAST_COMPOSE = (2, 24)
_NO_PROGRAM = (
    "Docker is not installed, or `docker` is not on the PATH; install Docker, or use accessa up without --docker."
)
_NO_ENGINE = "The Docker engine does not answer; start Docker, then try again."
_NOT_ALLOWED = "This user may not talk to the Docker engine; add it to the group docker, or start Docker Desktop."
_NO_COMPOSE = "Docker Compose 2.24 or later is needed; update Docker, or install the plugin docker-compose."
_LAST_WORDS = 300


def client(project: Project) -> DockerClient:
    """Return Docker's client for the compose project; nothing is asked yet."""
    # It takes a third of a second, which only those with containers should pay.
    from python_on_whales import DockerClient  # noqa: PLC0415

    return DockerClient(
        compose_project_name=project.name,
        # The files are found as `docker compose` finds them, an override of the user's too.
        compose_project_directory=project.checkout,
        compose_env_files=[project.env_file],
    )


@contextmanager
def plain_words(doing: str) -> Iterator[None]:
    """Turn what Docker says into `UsageError` STACK_FAILED, or DOCKER_UNAVAILABLE where there is no Docker to ask."""
    from python_on_whales.exceptions import DockerException  # noqa: PLC0415

    try:
        yield
    except DockerException as error:
        raise _translated(doing, error.stderr or error.stdout or "") from None


def folder_of(docker: DockerClient) -> Path | None:
    """Return where the engine keeps images and volumes, if that is on this machine."""
    with plain_words("asked for its folder"):
        folder = Path(docker.info().docker_root_dir or "/nowhere")
    return folder if folder.is_dir() else None


def require_docker(docker: DockerClient) -> None:
    """Raise `UsageError` DOCKER_UNAVAILABLE unless program, engine and compose are there and new enough."""
    if shutil.which("docker") is None:
        raise UsageError("DOCKER_UNAVAILABLE", _NO_PROGRAM)
    with plain_words("asked for the engine"):
        # Some clients end well, and without a version, where no engine answers.
        if not docker.info().server_version:
            raise UsageError("DOCKER_UNAVAILABLE", _NO_ENGINE)
    version = _compose_version(docker)
    if version is None or version < _LEAST_COMPOSE:
        raise UsageError("DOCKER_UNAVAILABLE", _NO_COMPOSE)


def _compose_version(docker: DockerClient) -> tuple[int, int] | None:
    from python_on_whales.exceptions import DockerException  # noqa: PLC0415

    try:
        found = re.search(r"(\d+)\.(\d+)", docker.compose.version())
    except DockerException:
        return None
    return (int(found[1]), int(found[2])) if found else None


def _translated(doing: str, words: str) -> UsageError:
    if "permission denied" in words.lower() and "docker" in words.lower():
        return UsageError("DOCKER_UNAVAILABLE", _NOT_ALLOWED)
    if "Cannot connect to the Docker daemon" in words or "error during connect" in words:
        return UsageError("DOCKER_UNAVAILABLE", _NO_ENGINE)
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    told = f": {lines[-1][:_LAST_WORDS]}" if lines else ""
    return UsageError("STACK_FAILED", f"Docker failed when it was {doing}{told}")
