"""Which looks there are for this machine, for a stack that runs, and for one that does not."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from accessa.domain.errors import UsageError
from accessa.settings import Settings, settings_of
from accessa.stack import containers
from accessa.stack.containers import Project
from accessa.stack.diagnosis.alerts import look_at_alerts
from accessa.stack.diagnosis.before_start import look_at_leftovers, look_at_ports
from accessa.stack.diagnosis.contained import RESTART as CONTAINERS_RESTART
from accessa.stack.diagnosis.contained import (
    look_at_both_kinds,
    look_at_containers,
    look_at_docker,
    look_at_env_file,
    look_at_held_keys,
    look_at_image,
)
from accessa.stack.diagnosis.database import look_at_database
from accessa.stack.diagnosis.examination import examine
from accessa.stack.diagnosis.finding import RESTART, Finding, Looks, bad
from accessa.stack.diagnosis.keys import look_at_keys
from accessa.stack.diagnosis.machine import look_at_memory, look_at_packages, look_at_python
from accessa.stack.diagnosis.neighbours import look_at_neighbours
from accessa.stack.diagnosis.programs import look_at_data, look_at_model, look_at_postgres, look_at_shelters
from accessa.stack.diagnosis.room import look_at_disks, look_at_home
from accessa.stack.diagnosis.services import look_at_services, look_at_unknown_plan, look_at_version
from accessa.stack.diagnosis.storage import look_at_storage
from accessa.stack.diagnosis.variables import look_at_budgets, look_at_settings
from accessa.stack.live_state import live_state
from accessa.stack.places import Places, home
from accessa.stack.plan import Plan, read_plan
from accessa.stack.state import StackState

# The engine is asked by its own program, several times, which takes longer than our own questions.
_DOCKER_SECONDS = 8.0


def doctor(settings: Settings) -> list[Finding]:
    """Look at this machine and at the stack, all side by side and within a few seconds; change nothing."""
    try:
        places = Places(home(settings))
    except UsageError as error:
        unusable = bad("home", error.message, "Run: unset ACCESSA_HOME, or name another folder")
        return [*examine({**_of_machine(settings), **_of_settings(settings, None)}), unusable]
    if project := containers.any_project(settings):
        return _of_containers(settings, project)
    looks = {**_of_machine(settings), **_of_home(settings, places)}
    state = live_state(places)
    if state and state.phase != "failed":
        found = examine({**looks, **_when_running(settings, places, state)})
        if live_state(places):  # else it has stopped at this very moment, and what was found tells of nothing
            return found
    if known := containers.known_project(settings):
        looks["docker"] = partial(look_at_docker, known)
    return examine({**looks, **_of_settings(settings, None), **_when_stopped(settings, places)})


def machine_findings(settings: Settings) -> list[Finding]:
    """Look only at what a stack of this home needs of this machine."""
    if project := containers.any_project(settings):
        return examine(_of_docker(project), _DOCKER_SECONDS)
    return examine({**_of_machine(settings), **_of_home(settings, Places(home(settings)))})


def _of_docker(project: Project) -> Looks:
    return {
        "python": look_at_python,
        "packages": look_at_packages,
        "memory": look_at_memory,
        "home": partial(look_at_home, project.places),
        "docker": partial(look_at_docker, project),
        "env_file": partial(look_at_env_file, project),
    }


def _of_containers(settings: Settings, project: Project) -> list[Finding]:
    """Look at a stack of containers; what is told of how to start all anew is told for them."""
    looks = {**_of_docker(project), **_of_settings(settings, None)}
    with contextlib.suppress(UsageError):  # the look at the file tells what is missing in it
        looks |= _of_contained(settings, project, containers.environment(project, settings))
    found = examine(looks, _DOCKER_SECONDS)
    return [replace(finding, mend=finding.mend.replace(RESTART, CONTAINERS_RESTART)) for finding in found]


def _of_contained(settings: Settings, project: Project, environment: Mapping[str, str]) -> Looks:
    def told(name: str) -> str:
        return environment.get(name, "")

    return {
        "kinds": partial(look_at_both_kinds, project),
        "image": partial(look_at_image, project),
        "containers": partial(look_at_containers, project, settings),
        "database": partial(look_at_database, told("DATABASE_URL")),
        "storage": partial(look_at_storage, settings_of(environment), f"Run: {CONTAINERS_RESTART}"),
        "keys": partial(look_at_held_keys, project),
        "alerts": partial(
            look_at_alerts, environment.get("ALERT_MONITOR_URL", ""), environment.get("MONITOR_TOKEN", "")
        ),
    }


def _of_machine(settings: Settings) -> Looks:
    return {
        "python": look_at_python,
        "packages": look_at_packages,
        "memory": look_at_memory,
        "programs": partial(look_at_postgres, settings),
        "shelters": look_at_shelters,
        "embeddings": partial(look_at_model, settings),
    }


def _of_home(settings: Settings, places: Places) -> Looks:
    return {
        "disk": partial(look_at_disks, places),
        "home": partial(look_at_home, places),
        "data": partial(look_at_data, settings, places),
    }


def _of_settings(settings: Settings, plan: Plan | None) -> Looks:
    return {
        "settings": partial(look_at_settings, settings, plan),
        "budgets": partial(look_at_budgets, settings),
    }


def _when_stopped(settings: Settings, places: Places) -> Looks:
    return {
        "ports": partial(look_at_ports, settings),
        "stacks": partial(look_at_neighbours, settings, places, None),
        "leftovers": partial(look_at_leftovers, places),
    }


def _when_running(settings: Settings, places: Places, state: StackState) -> Looks:
    try:
        plan = read_plan(places.plan)
    except (OSError, ValueError):
        return {**_of_settings(settings, None), "version": look_at_unknown_plan}
    monitoring = state.service("monitoring")
    new_keys = f"Run: accessa down; rm {shlex.quote(str(places.secrets))}; accessa up"
    return {
        **_of_settings(settings, plan),
        "stacks": partial(look_at_neighbours, settings, places, state),
        "version": partial(look_at_version, state),
        "services": partial(look_at_services, settings, places, state),
        "database": partial(look_at_database, plan.environment["DATABASE_URL"]),
        "storage": partial(look_at_storage, settings_of(plan.environment), new_keys),
        "keys": partial(look_at_keys, state),
        "alerts": partial(look_at_alerts, (monitoring.url if monitoring else None) or ""),
    }
