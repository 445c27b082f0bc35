"""What the containers are like now, and where this machine reaches them."""

from __future__ import annotations

import asyncio

from dotenv import dotenv_values

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.containers.env_file import services_variables
from accessa.stack.containers.member import ONCE, Member
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project
from accessa.stack.health import answers_200
from accessa.stack.service_status import ServiceStatus
from accessa.store.driver_errors import DRIVER_ERRORS

_SECONDS = 1.5
_ADDRESSES = {
    "postgres": "DATABASE_URL",
    "supabase-storage": "SUPABASE_URL",
    "api-server": "API_PUBLIC_URL",
    "mock-llamaparse": "LLAMAPARSE_BASE_URL",
    "mock-openai": "OPENAI_BASE_URL",
    "monitoring": "ALERT_MONITOR_URL",
}


def look_at_services(project: Project, settings: Settings) -> list[ServiceStatus]:
    """Return every container but those that ran once as they should; whoever has a port is asked this moment, too."""
    variables = environment(project, settings)
    shown = [member for member in members(project) if not (member.service in ONCE and member.state == "done")]
    return asyncio.run(_look_at(shown, variables))


def environment(project: Project, settings: Settings) -> dict[str, str]:
    """Return the environment of the services, with the addresses at which this machine reaches them."""
    variables = project.variables()
    try:
        own = services_variables(project, settings, variables)
    except KeyError as missing:
        sentence = f"{missing.args[0]} is missing in {project.env_file}; write it anew with: accessa up --docker"
        raise UsageError("SETTINGS_INVALID", sentence) from None
    tuning = {name: value for name, value in dotenv_values(project.tuning_file, interpolate=False).items() if value}
    return tuning | own


async def _look_at(found: list[Member], variables: dict[str, str]) -> list[ServiceStatus]:
    return list(await asyncio.gather(*(_look(member, variables) for member in found)))


async def _look(member: Member, variables: dict[str, str]) -> ServiceStatus:
    address = variables.get(_ADDRESSES.get(member.name, ""), "")
    healthy = member.state == "healthy" and (not address.startswith("http") or await _is_well(address))
    url = _shown(address.removesuffix("/v1")) or None
    return ServiceStatus(member.name, member.state, healthy, member.pid, url, member.restarts)


async def _is_well(address: str) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return await answers_200(f"{address.removesuffix('/v1')}/health")
    except DRIVER_ERRORS:
        return False


def _shown(address: str) -> str:
    """Return an address without name and password."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if rest else ""
