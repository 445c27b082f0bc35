"""`accessa down` and `accessa restart` for containers."""

from __future__ import annotations

from collections.abc import Callable

from accessa.domain.errors import UsageError
from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.members import ONCE, members
from accessa.stack.containers.project import Project
from accessa.stack.service_names import chosen_services
from accessa.stack.stack_lock import stack_lock

_START_SECONDS = 300
Tell = Callable[[str], None]


def down(project: Project, on_progress: Tell) -> None:
    """Stop the containers; they stay, and with them their logs, and the volumes with the data."""
    with stack_lock(project.places, on_progress):
        on_progress("Stopping the containers; work under way is finished first.")
        with plain_words("stopping the containers"):
            client(project).compose.stop()
    on_progress("The stack is stopped; `docker compose down` removes its containers, with --volumes its data too.")


def restart(project: Project, service: str, on_progress: Tell) -> list[str]:
    """Stop a service in order and start it again; return the names of its containers, once they are healthy.

    Raises `UsageError` NOT_FOUND for a service that there is not, and STACK_FAILED.
    """
    found = [member for member in members(project) if member.service not in ONCE]
    names = chosen_services([member.name for member in found], service)
    if not names:
        known = ", ".join(member.name for member in found)
        raise UsageError("NOT_FOUND", f"There is no service called {service}; there are: {known}.")
    chosen = [member for member in found if member.name in names]
    docker = client(project)
    on_progress(f"{', '.join(names)}: told to stop; work under way is finished first")
    with plain_words(f"starting {service} again"):
        docker.container.restart([member.container_id for member in chosen], time=40)
        docker.compose.up([chosen[0].service], detach=True, wait=True, wait_timeout=_START_SECONDS, quiet=True)
    return names
