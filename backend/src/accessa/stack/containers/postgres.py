"""The client programs in the container of Postgres."""

from __future__ import annotations

from accessa.domain.errors import UsageError
from accessa.settings import process_environment
from accessa.stack.blueprint import DATABASE
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project
from accessa.store.client_program import ClientProgram

_SERVICE = "postgres"


def postgres_program(project: Project, name: str) -> ClientProgram:
    """Return how to run `name` in the container, over its own socket, which asks for no password.

    Raises `UsageError` STACK_FAILED while the container does not run.
    """
    running = [member for member in members(project) if member.service == _SERVICE and member.runs]
    if not running:
        raise UsageError("STACK_FAILED", "The container of Postgres does not run; start it with: accessa up --docker")
    inside = (name, "--no-password", "--username=postgres", f"--dbname={DATABASE}")
    command = ("docker", "exec", "--interactive", running[0].container_id, *inside)
    # How Docker is reached is the user's own affair, in variables that are theirs.
    return ClientProgram(command, process_environment())
