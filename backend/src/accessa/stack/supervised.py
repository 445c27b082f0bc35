"""The services under the supervisor, seen live."""

from __future__ import annotations

import asyncio

from accessa.stack.health import is_healthy
from accessa.stack.places import Places
from accessa.stack.plan import Plan, read_plan
from accessa.stack.processes import find
from accessa.stack.service_status import ServiceStatus
from accessa.stack.state import ServiceState, StackState


def look_at_services(places: Places, state: StackState) -> list[ServiceStatus]:
    """Return every service of the running stack, all checked side by side in less than two seconds."""
    plan = read_plan(places.plan)
    return asyncio.run(_look_at([service for service in state.services if not service.once], plan))


async def _look_at(services: list[ServiceState], plan: Plan) -> list[ServiceStatus]:
    return list(await asyncio.gather(*(_look(service, plan) for service in services)))


async def _look(state: ServiceState, plan: Plan) -> ServiceStatus:
    service = plan.service(state.name)
    lives = find(state.pid, state.created, plan.stack_id) is not None
    healthy = lives and service is not None and await is_healthy(service.health, state.pid)
    return ServiceStatus(state.name, state.state, healthy, state.pid, state.url, state.restarts)
