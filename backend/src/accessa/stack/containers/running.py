"""Whether the stack of a home runs as containers."""

from __future__ import annotations

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.containers.members import any_runs, members
from accessa.stack.containers.project import Project, project_of
from accessa.stack.live_state import live_state


def known_project(settings: Settings) -> Project | None:
    """Return the project of a home that has had containers, whether there is a Docker now or not."""
    try:
        project = project_of(settings)
    except UsageError:
        return None
    return project if project.env_file.exists() else None


def any_project(settings: Settings) -> Project | None:
    """Return the project of a home whose containers run, or have ended as they should not."""
    project = known_project(settings)
    if project is None:
        return None
    try:
        found = members(project)
    except UsageError:
        return None
    return project if any(member.runs or member.has_failed for member in found) else None


def running_project(settings: Settings) -> Project | None:
    """Return the project whose containers run, or None; a home whose stack runs as processes has none."""
    project = known_project(settings)
    # Docker is asked last, as most homes have never had to do with it.
    if project is None or live_state(project.places) is not None:
        return None
    return project if any_runs(project) else None
