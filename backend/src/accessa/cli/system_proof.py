"""Whether the stack does its work, as commands tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from accessa.cli.audit_news import open_database
from accessa.domain.errors import AccessaError
from accessa.observe.readiness import Readiness, ServiceFacts, SystemFacts, judge, read_system_facts
from accessa.settings import Settings
from accessa.stack import ServiceStatus, settings_in_force

_MISSED_HEARTBEATS = 3


def look_at_system(settings: Settings, services: Sequence[ServiceStatus]) -> Readiness:
    """Weigh `services` and what the database tells; a database that does not answer makes the system not ready."""
    in_force = settings_in_force(settings)

    async def ask() -> SystemFacts | None:
        database = open_database(settings)
        try:
            async with database.connection() as connection:
                return await read_system_facts(connection, _MISSED_HEARTBEATS * in_force.worker.heartbeat_seconds)
        except AccessaError:
            return None
        finally:
            await database.close()

    facts = asyncio.run(ask())
    return judge([ServiceFacts(service.name, service.healthy) for service in services], facts, in_force.canary)


def told(readiness: Readiness) -> str:
    """Return the line for a person."""
    return f"{readiness.state}: {readiness.sentence}"


def system_row(readiness: Readiness) -> dict[str, object]:
    """Return the JSON object that stands beside those of the services."""
    return {
        "name": "system",
        "state": readiness.state,
        "healthy": readiness.state.is_well,
        "pid": None,
        "url": None,
        "restarts": 0,
        "sentence": readiness.sentence,
        "checks": {check.name: check.state for check in readiness.checks},
    }
