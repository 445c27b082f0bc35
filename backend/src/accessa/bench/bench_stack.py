"""The stack that a benchmark runs on: the services as users get them, without workers, which the benchmark starts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import psutil

from accessa.bench.meter import Meter
from accessa.bench.worker_processes import WorkerProcesses
from accessa.drill.ground import Ground, Tell, own_ground
from accessa.settings import Settings
from accessa.stack import read_state
from accessa.stack.plan import Service, read_plan
from accessa.stack.processes import find
from accessa.stack.service_table import WORKER, Blueprint, local_services

GROUPS = {
    "postgres": "postgres",
    "storage": "supabase-storage",
    "api": "api-server",
    "embeddings": "mock-openai",
    "parser": "mock-llamaparse",
}
_ANSWERS_AT_ONCE = {
    "MOCK_OPENAI_DELAY": "0",
    "MOCK_LLAMAPARSE_DELAY": "0",
    "MOCK_OPENAI_FAILURE_RATE": "0",
    "MOCK_LLAMAPARSE_FAILURE_RATE": "0",
}
_KEY_OF_SIMULATOR = "MOCK_OPENAI_API_KEY"


@dataclass(slots=True)
class BenchStack:
    """A running stack, its workers, and the meter of its services."""

    ground: Ground
    workers: WorkerProcesses
    meter: Meter

    @property
    def database_url(self) -> str:
        """The address of the product's database."""
        return self.ground.addresses["DATABASE_URL"]


@contextlib.contextmanager
def bench_stack(settings: Settings, tell: Tell, embeddings: str, tuning: dict[str, str]) -> Iterator[BenchStack]:
    """Start a stack of its own in a temporary home; everything is stopped and removed at the end.

    `tuning` are variables of the workers that a condition needs, on top of the user's own.
    """
    with own_ground(settings, 1, tell, table=_services, tuning=tuning, embeddings=embeddings) as ground:
        state = read_state(ground.stack)
        plan = read_plan(ground.places.plan)
        found = {each.name: find(each.pid, each.created, plan.stack_id) for each in (state.services if state else [])}
        roots: dict[str, list[psutil.Process]] = {
            group: [process] if (process := found.get(name)) else [] for group, name in GROUPS.items()
        }
        workers = WorkerProcesses(ground, plan.environment | tuning)
        try:
            yield BenchStack(ground, workers, Meter(roots))
        finally:
            workers.stop()


def _services(plan: Blueprint) -> list[Service]:
    """Return the local services but for workers and monitoring; the simulator takes any key, as others have others."""
    environment = plan.environment | _ANSWERS_AT_ONCE
    open_to_all = {name: value for name, value in environment.items() if name != _KEY_OF_SIMULATOR}
    return [
        service
        for service in local_services(replace(plan, environment=open_to_all))
        if service.name != "monitoring" and not service.name.startswith(WORKER)
    ]
