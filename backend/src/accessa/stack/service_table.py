"""The services of the local stack: what runs, after what, and how one sees that it works."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from accessa.settings import Settings
from accessa.stack.places import Places
from accessa.stack.plan import Health, Plan, Service
from accessa.stack.ports import LOOPBACK, PortWish
from accessa.stack.postgres import SERVER_ENVIRONMENT, Cluster, server_command
from accessa.stack.processes import SERVICE_MARK, STACK_MARK

WORKER = "base-worker"
_AFTER_DRAIN_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that the table needs to describe its services."""

    settings: Settings
    places: Places
    cluster: Cluster
    ports: dict[str, int]
    environment: dict[str, str]
    workers: int

    def python_service(self, name: str, module: str, *arguments: str) -> Service:
        """Return a service that runs a Python module of ours and answers on its port under /health."""
        return self.service(name, (sys.executable, "-m", module, *arguments))

    def service(self, name: str, argv: tuple[str, ...]) -> Service:
        """Return a service that runs `argv` and answers on the port of `name` under /health."""
        port = self.ports.get(name)
        url = f"http://{LOOPBACK}:{port}" if port else None
        return Service(
            name=name,
            argv=argv,
            environment=self.environment | self.marks(name),
            directory=self.places.root,
            health=Health(kind="http", address=f"{url}/health"),
            port=port,
            url=url,
        )

    def marks(self, name: str) -> dict[str, str]:
        """Return the variables by which a process of service `name` is found again."""
        return {STACK_MARK: self.places.stack_id, SERVICE_MARK: name}

    def folder(self, name: str) -> str:
        """Return the folder where a service keeps its data."""
        return str(self.places.service_folder(name))


ServiceTable = Callable[[Blueprint], list[Service]]


def port_wishes(settings: Settings) -> list[PortWish]:
    """Return the usual ports of the mission, and the ones that the user set."""
    asked = settings.stack
    return [
        PortWish("postgres", 5432, "ACCESSA_POSTGRES_PORT", asked.postgres_port),
        PortWish("supabase-storage", 5000, "ACCESSA_STORAGE_PORT", asked.storage_port),
        PortWish("api-server", 8000, "ACCESSA_API_PORT", asked.api_port),
        PortWish("mock-llamaparse", 8001, "ACCESSA_LLAMAPARSE_PORT", asked.llamaparse_port),
        PortWish("mock-openai", 8002, "ACCESSA_OPENAI_PORT", asked.openai_port),
        PortWish("monitoring", 3000, "ACCESSA_MONITORING_PORT", asked.monitoring_port),
    ]


def local_services(plan: Blueprint) -> list[Service]:
    """Return the stack of the mission, in the order of its needs; what needs nothing starts at once, side by side."""
    port = {name: str(number) for name, number in plan.ports.items()}
    storage = plan.python_service(
        "supabase-storage",
        "accessa.apps.storage.main",
        *("--host", LOOPBACK, "--port", port["supabase-storage"], "--root", plan.folder("storage")),
    )
    llamaparse = plan.python_service(
        "mock-llamaparse",
        "mock_providers.llamaparse.main",
        *("--port", port["mock-llamaparse"], "--data-dir", plan.folder("llamaparse")),
    )
    openai = plan.python_service(
        "mock-openai",
        "mock_providers.openai.main",
        *("--port", port["mock-openai"], "--data-dir", plan.folder("openai")),
    )
    migrations = plan.python_service("migrations", "accessa.store.migrate").model_copy(
        update={"health": Health(kind="exit"), "depends_on": ("postgres",), "start_seconds": 120}
    )
    api = plan.python_service("api-server", "accessa.apps.api.main").model_copy(
        update={"depends_on": ("migrations", "supabase-storage")}
    )
    monitoring = plan.python_service("monitoring", "accessa.apps.monitor.main", "--port", port["monitoring"])
    return [
        postgres_service(plan),
        storage.model_copy(update={"stop_seconds": 25}),
        llamaparse,
        openai,
        migrations,
        api,
        *(worker_service(plan, number) for number in range(1, plan.workers + 1)),
        monitoring.model_copy(update={"depends_on": ("postgres",)}),
    ]


def postgres_service(plan: Blueprint) -> Service:
    """Return the embedded Postgres: its own small environment, its own user, stopped without waiting for clients."""
    port = plan.ports["postgres"]
    return Service(
        name="postgres",
        argv=server_command(plan.cluster, port),
        environment=SERVER_ENVIRONMENT | plan.marks("postgres"),
        directory=plan.cluster.data,
        health=Health(kind="postgres", address=plan.environment["DATABASE_URL"]),
        port=port,
        url=f"postgresql://{LOOPBACK}:{port}/accessa_dev",
        identity=plan.cluster.identity,
        stop_signal=int(signal.SIGINT),
        stop_seconds=15,
        start_seconds=120,
    )


def worker_service(plan: Blueprint, number: int) -> Service:
    """Return worker `number`, which shows its health by its heartbeat and may finish its work before it stops."""
    return plan.python_service(_worker_name(number), "accessa.apps.worker.main").model_copy(
        update={
            "health": Health(kind="worker", address=plan.environment["DATABASE_URL"]),
            "depends_on": ("migrations", "supabase-storage", "mock-llamaparse", "mock-openai"),
            "stop_seconds": plan.settings.worker.drain_seconds + _AFTER_DRAIN_SECONDS,
        }
    )


def with_workers(plan: Plan, count: int) -> Plan:
    """Return `plan` with `count` workers, each like the first but for its name and mark."""
    first = next(service for service in plan.services if service.name == WORKER)
    workers = [_renamed(first, _worker_name(number)) for number in range(1, count + 1)]
    others = [service for service in plan.services if not service.name.startswith(WORKER)]
    place = plan.services.index(first)
    return plan.model_copy(update={"services": (*others[:place], *workers, *others[place:]), "workers": count})


def _renamed(service: Service, name: str) -> Service:
    return service.model_copy(update={"name": name, "environment": service.environment | {SERVICE_MARK: name}})


def _worker_name(number: int) -> str:
    return WORKER if number == 1 else f"{WORKER}-{number}"
