"""The stack as containers: the services of docker-compose.yml, run by Docker's own engine."""

from __future__ import annotations

from accessa.stack.containers.condition import environment, look_at_services
from accessa.stack.containers.logs import ContainerLogs
from accessa.stack.containers.postgres import postgres_program
from accessa.stack.containers.profiler import profilers
from accessa.stack.containers.project import Project, project_of
from accessa.stack.containers.running import any_project, known_project, running_project
from accessa.stack.containers.starting import up
from accessa.stack.containers.stopping import down, restart

__all__ = [
    "ContainerLogs",
    "Project",
    "any_project",
    "down",
    "environment",
    "known_project",
    "look_at_services",
    "postgres_program",
    "profilers",
    "project_of",
    "restart",
    "running_project",
    "up",
]
