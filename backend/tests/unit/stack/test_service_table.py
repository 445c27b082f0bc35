"""The services of the local stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from accessa.settings import load_settings
from accessa.stack.places import Places
from accessa.stack.plan import Plan, Service, read_plan, write_plan
from accessa.stack.postgres import Cluster
from accessa.stack.postgres.binaries import Binaries
from accessa.stack.processes import SERVICE_MARK, STACK_MARK
from accessa.stack.service_table import Blueprint, local_services, port_wishes, with_workers


@pytest.fixture
def services(tmp_path: Path) -> list[Service]:
    """The table for two workers."""
    settings = load_settings()
    wishes = port_wishes(settings)
    return local_services(
        Blueprint(
            settings=settings,
            places=Places(tmp_path),
            cluster=Cluster(tmp_path / "data", Binaries(tmp_path, "18.6"), None, "the-password", created=False),
            ports={wish.service: wish.usual for wish in wishes},
            environment={"DATABASE_URL": "postgresql://postgres:the-password@127.0.0.1:5432/accessa_dev"},
            workers=2,
        )
    )


def plan_of(services: list[Service], workers: int) -> Plan:
    """Return a plan with these services."""
    return Plan(stack_id="id", version="1", services=tuple(services), environment={}, workers=workers)


def test_the_services_have_the_missions_names_in_the_order_of_their_needs(services: list[Service]) -> None:
    """Every service comes after those that it needs."""
    names = [service.name for service in services]

    assert [
        "postgres",
        "supabase-storage",
        "mock-llamaparse",
        "mock-openai",
        "migrations",
        "api-server",
        "base-worker",
        "base-worker-2",
        "monitoring",
    ] == names
    for place, service in enumerate(services):
        assert set(service.depends_on) <= set(names[:place])


def test_the_usual_ports_are_the_missions() -> None:
    """Each port of the mission is asked for first."""
    assert {
        "postgres": 5432,
        "supabase-storage": 5000,
        "api-server": 8000,
        "mock-llamaparse": 8001,
        "mock-openai": 8002,
        "monitoring": 3000,
    } == {wish.service: wish.usual for wish in port_wishes(load_settings())}


def test_no_command_line_holds_a_secret(services: list[Service]) -> None:
    """Everybody on the machine may read command lines, so keys travel in the environment only."""
    assert [] == [service.name for service in services if "the-password" in " ".join(service.argv)]


def test_every_service_bears_its_mark(services: list[Service]) -> None:
    """A stray process can be traced to its stack and its service."""
    marks = {service.name: service.environment[SERVICE_MARK] for service in services}

    assert {name: name for name in marks} == marks
    assert 1 == len({service.environment[STACK_MARK] for service in services})


def test_a_worker_may_finish_its_work_before_it_is_killed(services: list[Service]) -> None:
    """The patience of a stop is longer than the drain time."""
    drain = load_settings().worker.drain_seconds
    worker = next(service for service in services if service.name == "base-worker")

    assert worker.stop_seconds > drain


@pytest.mark.parametrize("count", [1, 3])
def test_workers_can_be_more_or_fewer(services: list[Service], count: int) -> None:
    """Another number changes the workers and nothing else, and each keeps a mark of its own."""
    before = plan_of(services, 2)
    after = with_workers(before, count)
    workers = [service for service in after.services if service.name.startswith("base-worker")]
    names = ["base-worker", "base-worker-2", "base-worker-3"][:count]

    assert names == [worker.name for worker in workers]
    assert names == [worker.environment[SERVICE_MARK] for worker in workers]
    assert count == after.workers
    assert [s for s in before.services if s not in workers and "worker" not in s.name] == [
        s for s in after.services if s not in workers
    ]


def test_a_plan_survives_its_file(services: list[Service], tmp_path: Path) -> None:
    """The supervisor reads exactly what the command wrote."""
    plan = plan_of(services, 2)
    write_plan(tmp_path / "plan.json", plan)

    assert plan == read_plan(tmp_path / "plan.json")
