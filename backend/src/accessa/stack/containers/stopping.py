"""`accessa down` and `accessa restart` for containers."""

from __future__ import annotations

import time

from accessa.domain.errors import UsageError
from accessa.stack.blueprint import Tell
from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.member import ONCE
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project
from accessa.stack.service_names import chosen_services
from accessa.stack.stack_lock import stack_lock

_START_SECONDS = 120
_STOP_SECONDS = 40
_PAUSE_SECONDS = 0.3


def down(project: Project, on_progress: Tell) -> None:
    """Stop the containers; they stay, and with them their logs, and the volumes with the data."""
    with stack_lock(project.places, on_progress):
        on_progress("Stopping the containers; work under way is finished first.")
        docker = client(project)
        with plain_words("stopping the containers"):
            docker.compose.stop()
            # Those of a profile that is chosen no more are none of compose's.
            left = [member.container_id for member in members(project) if member.runs]
            if left:
                docker.container.stop(left, time=_STOP_SECONDS)
    on_progress("The stack is stopped; its containers and data stay.")
    on_progress("to remove the containers too: docker compose --profile '*' down (and the data: --volumes)")


def restart(project: Project, service: str, on_progress: Tell) -> list[str]:
    """Stop a service in order and start it again; return the names of its containers, once they are healthy.

    Of several containers each is healthy before the next one is told, so that work goes on. Raises
    `UsageError` NOT_FOUND for a service that there is not, and STACK_FAILED.
    """
    found = [member for member in members(project) if member.service not in ONCE]
    names = chosen_services([member.name for member in found], service)
    if not names:
        known = ", ".join(member.name for member in found)
        raise UsageError("NOT_FOUND", f"There is no service called {service}; there are: {known}.")
    chosen = [member for member in found if member.name in names]
    for member in chosen:
        on_progress(f"{member.name}: told to stop; work under way is finished first")
        with plain_words(f"starting {member.name} again"):
            client(project).container.restart([member.container_id], time=_STOP_SECONDS)
        _await_health(project, member.name)
    return names


def _await_health(project: Project, name: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        if not any(member.name == name and member.state != "healthy" for member in members(project)):
            return
        if time.monotonic() > deadline:
            raise UsageError("STACK_FAILED", f"{name} was restarted and is not healthy yet; see: accessa logs {name}")
        time.sleep(_PAUSE_SECONDS)
