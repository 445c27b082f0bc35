"""`accessa status` and `accessa env`: what runs, as processes or as containers, seen live, and where it is reached."""

from __future__ import annotations

from accessa.domain.errors import UsageError
from accessa.settings import Environment, Settings, settings_of
from accessa.stack import containers
from accessa.stack.live_state import live_state, require_supervisor
from accessa.stack.places import Places, home
from accessa.stack.plan import read_plan
from accessa.stack.service_status import ServiceStatus
from accessa.stack.supervised import look_at_services

_ADDRESSES = {
    "DATABASE_URL": "DATABASE_URL",
    "API_URL": "API_PUBLIC_URL",
    "STORAGE_URL": "SUPABASE_URL",
    "LLAMAPARSE_URL": "LLAMAPARSE_BASE_URL",
    "OPENAI_URL": "OPENAI_BASE_URL",
    "MONITORING_URL": "ALERT_MONITOR_URL",
}


def require_running(settings: Settings) -> None:
    """Raise `UsageError` STACK_NOT_RUNNING with the command that starts it, unless a stack of this home runs."""
    if containers.running_project(settings) is None:
        require_supervisor(Places(home(settings)))


def is_running(settings: Settings) -> bool:
    """Tell whether a stack of this home runs."""
    return live_state(Places(home(settings))) is not None or containers.running_project(settings) is not None


def runs_as_containers(settings: Settings) -> bool:
    """Tell whether the running stack of this home consists of containers."""
    return containers.running_project(settings) is not None


def status(settings: Settings) -> list[ServiceStatus]:
    """Return every service of the running stack, checked side by side. Raises `UsageError` STACK_NOT_RUNNING."""
    if project := containers.running_project(settings):
        return containers.look_at_services(project, settings)
    places = Places(home(settings))
    return look_at_services(places, require_supervisor(places))


def stack_environment(settings: Settings) -> dict[str, str]:
    """Return DATABASE_URL (with its password), API_URL, STORAGE_URL, LLAMAPARSE_URL, OPENAI_URL and MONITORING_URL.

    Raises `UsageError` STACK_NOT_RUNNING.
    """
    environment = services_environment(settings)
    return {name: environment[source] for name, source in _ADDRESSES.items()}


def services_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the running services, with their keys, for work done in this process.

    Addresses are those by which this machine reaches them. It bears no mark of the stack, so that nothing started with
    it is taken for one of its services. Raises `UsageError` STACK_NOT_RUNNING.
    """
    if project := containers.running_project(settings):
        return containers.environment(project, settings)
    places = Places(home(settings))
    state = require_supervisor(places)
    monitoring = state.service("monitoring")
    url = (monitoring.url if monitoring else None) or ""
    return {**read_plan(places.plan).environment, "ALERT_MONITOR_URL": url}


def settings_in_force(settings: Settings) -> Settings:
    """Return the settings of the running stack's services, as on a laptop they do not use those of the shell.

    Outside ENVIRONMENT=local, or when no stack runs, they are `settings` itself.
    """
    if settings.runtime.environment is not Environment.LOCAL:
        return settings
    try:
        environment = services_environment(settings)
    except UsageError:
        return settings
    return settings_of(environment)
