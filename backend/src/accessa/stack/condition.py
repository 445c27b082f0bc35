"""`accessa status` and `accessa env`: what runs, seen live, and where it is reached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from accessa.domain.errors import UsageError
from accessa.settings import Environment, Settings, settings_of
from accessa.stack.health import is_healthy
from accessa.stack.live_state import require_running
from accessa.stack.places import Places, home
from accessa.stack.plan import Plan, read_plan
from accessa.stack.processes import find
from accessa.stack.state import ServiceState

_ADDRESSES = {
    "API_URL": "API_PUBLIC_URL",
    "STORAGE_URL": "SUPABASE_URL",
    "LLAMAPARSE_URL": "LLAMAPARSE_BASE_URL",
    "OPENAI_URL": "OPENAI_BASE_URL",
}


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service now: `state` is the supervisor's word, `healthy` the result of a check made this moment."""

    name: str
    state: str
    healthy: bool
    pid: int | None
    url: str | None
    restarts: int


def status(settings: Settings) -> list[ServiceStatus]:
    """Return every service of the running stack, all checked side by side in less than two seconds.

    Raises `UsageError` STACK_NOT_RUNNING.
    """
    state = require_running(settings)
    plan = read_plan(Places(home(settings)).plan)
    return asyncio.run(_look_at([service for service in state.services if not service.once], plan))


async def _look_at(services: list[ServiceState], plan: Plan) -> list[ServiceStatus]:
    return list(await asyncio.gather(*(_look(service, plan) for service in services)))


async def _look(state: ServiceState, plan: Plan) -> ServiceStatus:
    service = plan.service(state.name)
    lives = find(state.pid, state.created, plan.stack_id) is not None
    healthy = lives and service is not None and await is_healthy(service.health, state.pid)
    return ServiceStatus(state.name, state.state, healthy, state.pid, state.url, state.restarts)


def stack_environment(settings: Settings) -> dict[str, str]:
    """Return DATABASE_URL (with its password), API_URL, STORAGE_URL, LLAMAPARSE_URL, OPENAI_URL and MONITORING_URL.

    Raises `UsageError` STACK_NOT_RUNNING.
    """
    state = require_running(settings)
    environment = services_environment(settings)
    monitoring = state.service("monitoring")
    return {
        "DATABASE_URL": environment["DATABASE_URL"],
        **{name: environment[source] for name, source in _ADDRESSES.items()},
        "MONITORING_URL": (monitoring.url if monitoring else None) or "",
    }


def services_environment(settings: Settings) -> dict[str, str]:
    """Return the whole environment of the running services, with their keys, for work done in this process.

    It bears no mark of the stack, so that nothing started with it is taken for one of its services. Raises
    `UsageError` STACK_NOT_RUNNING.
    """
    require_running(settings)
    return dict(read_plan(Places(home(settings)).plan).environment)


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
