"""Whether the stack of a home runs as containers."""

from __future__ import annotations

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.containers.members import any_runs
from accessa.stack.containers.project import Project, project_of
from accessa.stack.live_state import live_state


def running_project(settings: Settings) -> Project | None:
    """Return the project whose containers run, or None; a home whose stack runs as processes has none."""
    try:
        project = project_of(settings)
    except UsageError:
        return None
    # Docker is asked last, as most homes have never had to do with it.
    if not project.env_file.exists() or live_state(project.places) is not None:
        return None
    return project if any_runs(project) else None
