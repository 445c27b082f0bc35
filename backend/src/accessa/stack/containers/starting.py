"""`accessa up --docker`: the image is built, the containers run, and each has passed its check."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from accessa.domain.errors import UsageError
from accessa.settings import Settings, process_environment
from accessa.stack.blueprint import Tell, check_disk, tell_nobody
from accessa.stack.containers.engine import client, plain_words, require_docker
from accessa.stack.containers.env_file import prepare
from accessa.stack.containers.last_words import what_went_wrong
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project, project_of
from accessa.stack.live_state import live_state
from accessa.stack.stack_lock import stack_lock
from accessa.stack.worker_count import wanted_workers

if TYPE_CHECKING:
    from python_on_whales import DockerClient

_START_SECONDS = 300
_PORT_CHOICES = 3
_STEP = re.compile(r"^#\d+ (\[.*)")
_STEP_WIDTH = 110
IMAGE_BYTES = 2_000_000_000
_EMBEDDED_RUNS = (
    "The stack of this home runs without containers, and one home has one stack; stop it first with: accessa down"
)


def up(
    settings: Settings,
    workers: int | Literal["auto"] | None = None,
    profiles: Sequence[str] = (),
    on_progress: Tell = tell_nobody,
    *,
    quiet: bool = False,
) -> list[str]:
    """Leave the containers running and healthy; return a sentence for each port that had to move.

    What has not changed goes on running. Docker shows the start on standard error unless `quiet`. Raises
    `UsageError` DOCKER_UNAVAILABLE, STACK_FAILED, NO_FREE_PORT, DISK_FULL, SETTINGS_INVALID or USAGE_WRONG.
    """
    project = project_of(settings)
    project.places.prepare()
    with stack_lock(project.places, on_progress):
        if live_state(project.places) is not None:
            raise UsageError("STACK_FAILED", _EMBEDDED_RUNS)
        docker = client(project)
        require_docker(docker)
        check_disk(project.places.root, IMAGE_BYTES)
        number = wanted_workers(workers or _known_workers(project) or settings.stack.workers, on_progress)
        _refuse_foreign_volume(project, docker)
        notes = prepare(project, settings, number, profiles, held=_held(project))
        on_progress("Building the image; the first time that takes some minutes.")
        _build(project, docker, on_progress)
        _remove_unchosen(project, docker)
        on_progress("Starting the containers.")
        trouble = _started(docker, quiet=quiet)
        for _ in range(_PORT_CHOICES):
            moved = prepare(project, settings, number, held=_held(project)) if trouble else []
            if not moved:
                break
            on_progress("Another program took a port meanwhile; choosing again.")
            notes += moved
            trouble = _started(docker, quiet=quiet)
        if trouble:
            raise UsageError("STACK_FAILED", what_went_wrong(project) or trouble)
    return notes


def _known_workers(project: Project) -> int | None:
    """Return how many workers the last start had, unless the settings say it."""
    known = project.variables().get("ACCESSA_WORKERS", "")
    return int(known) if known.isdigit() and "ACCESSA_WORKERS" not in process_environment() else None


def _refuse_foreign_volume(project: Project, docker: DockerClient) -> None:
    """Raise `UsageError` STACK_FAILED where there is a database, and its password was lost with the file."""
    volume = f"{project.name}_postgres"
    if project.variables().get("ACCESSA_DATABASE_PASSWORD"):
        return
    with plain_words("asked for the volumes"):
        if not docker.volume.exists(volume):
            return
    raise UsageError(
        "STACK_FAILED",
        f"The volume {volume} holds the database of an earlier {project.env_file}, and its password was lost with that."
        f" Put ACCESSA_DATABASE_PASSWORD back into the file, or begin anew: docker volume rm {volume}",
    )


def _build(project: Project, docker: DockerClient, tell: Tell) -> None:
    """Build the image, and tell each step once."""
    told: set[str] = set()
    with plain_words("building the image"):
        lines = docker.compose.build(build_args={"COMMIT": commit_of(project.checkout)}, stream_logs=True)
        for _, line in lines or ():
            step = _STEP.search(line.decode(errors="replace"))
            if step and step[1] not in told:
                told.add(step[1])
                tell(f"  {step[1][:_STEP_WIDTH]}")


def _remove_unchosen(project: Project, docker: DockerClient) -> None:
    """Remove the containers of profiles that are chosen no more: compose leaves them, and one would go on serving."""
    with plain_words("removing containers that are not needed any more"):
        chosen = dict(docker.compose.config(return_json=True))["services"]
        left = [member.container_id for member in members(project) if member.service not in chosen]
        if left:
            docker.container.stop(left)
            docker.container.remove(left)


def _started(docker: DockerClient, *, quiet: bool) -> str:
    """Start all, and return what Docker says where that fails."""
    try:
        with plain_words("starting the containers"):
            docker.compose.up(detach=True, wait=True, wait_timeout=_START_SECONDS, remove_orphans=True, quiet=quiet)
    except UsageError as error:
        if error.code != "STACK_FAILED":
            raise
        return error.message
    return ""


def _held(project: Project) -> set[int]:
    """Return the ports that containers of the project have."""
    return {port for member in members(project) for port in member.ports} if project.env_file.exists() else set()


def commit_of(checkout: Path) -> str:
    """Return the commit that the image is built from, marked when files have been changed since; else `unknown`."""
    command = ["git", "-C", str(checkout), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip() or "unknown"
