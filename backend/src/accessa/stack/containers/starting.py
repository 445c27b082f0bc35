"""`accessa up --docker`: the image is built, the containers run, and each has passed its check."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.blueprint import check_disk
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
IMAGE_BYTES = 2_000_000_000
_EMBEDDED_RUNS = (
    "The stack of this home runs without containers, and one home has one stack; stop it first with: accessa down"
)
Tell = Callable[[str], None]


def up(
    settings: Settings,
    workers: int | Literal["auto"] | None = None,
    profiles: Sequence[str] = (),
    on_progress: Tell = lambda _sentence: None,
    *,
    quiet: bool = False,
) -> list[str]:
    """Leave the containers running and healthy; return a sentence for each port that had to move.

    What has not changed goes on running. Docker shows its progress on standard error unless `quiet`. Raises
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
        number = wanted_workers(workers or settings.stack.workers, on_progress)
        notes = prepare(project, settings, number, profiles, held=_held(project))
        on_progress("Building the image; the first time that takes some minutes.")
        with plain_words("building the image"):
            docker.compose.build(build_args={"COMMIT": commit_of(project.checkout)}, quiet=quiet)
        on_progress("Starting the containers.")
        for _ in range(_PORT_CHOICES):
            if _started(docker, quiet=quiet):
                return notes
            moved = prepare(project, settings, number, held=_held(project))
            if not moved:
                break
            on_progress("Another program took a port meanwhile; choosing again.")
            notes += moved
        raise UsageError("STACK_FAILED", what_went_wrong(project) or None)


def _started(docker: DockerClient, *, quiet: bool) -> bool:
    try:
        with plain_words("starting the containers"):
            docker.compose.up(detach=True, wait=True, wait_timeout=_START_SECONDS, remove_orphans=True, quiet=quiet)
    except UsageError as error:
        if error.code != "STACK_FAILED":
            raise
        return False
    return True


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
