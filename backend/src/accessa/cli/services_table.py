"""The services of the stack as rows: for a table, and as JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from accessa.cli.tables import Column, table
from accessa.stack import ServiceStatus

FIELDS = ("name", "state", "healthy", "pid", "url", "restarts")


def service_row(service: ServiceStatus) -> dict[str, object]:
    """Return the JSON object of one service."""
    row = asdict(service)
    return {name: row[name] for name in FIELDS}


def show_services(services: Sequence[ServiceStatus]) -> None:
    """Print one row a service: what it is, how it is, and where."""
    columns = tuple(map(Column, ("service", "state", "restarts", "address")))
    table(columns, [(service.name, service.state, service.restarts, service.url) for service in services])
