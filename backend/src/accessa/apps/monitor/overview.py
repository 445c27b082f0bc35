"""Puts one look at services and database together into the answer that the page draws."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import httpx

from accessa.apps.monitor.verdict import Verdict, judge
from accessa.domain.statuses import MOVES, Status
from accessa.observe.database_view import Database, DatabaseView
from accessa.observe.figures import Count, Failure, Minute, Waiting, Worker
from accessa.observe.remembered import Remembered
from accessa.observe.service_health import Health, check_all
from accessa.observe.service_list import Service, known_services
from accessa.observe.service_views import ServiceView, speaks_http, view_services
from accessa.settings import Settings

HEALTH_SECONDS = 2.0
FIGURES_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One status with the number of jobs in it; no count while the database is silent."""

    status: Status
    count: Count | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring statuses from which a job fails to the same status; the last stretch, complete, fails to none."""

    steps: list[Step]
    failure: Step | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows; what the database would tell is none while it is silent."""

    generated_at: datetime
    environment: str
    verdict: Verdict
    services: list[ServiceView]
    workers: list[Worker] | None
    earlier_workers: int | None
    pipeline: list[Stretch]
    totals: dict[str, Count] | None
    minutes: list[Minute] | None
    waiting: Waiting | None
    failures: list[Failure] | None


class Observer:
    """Looks at services and database, at most as often as their answers are kept."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, database: Database) -> None:
        self._settings = settings
        self._client = client
        self._services = Remembered(self._ask_services, seconds=HEALTH_SECONDS)
        self._database = Remembered(database.look, seconds=FIGURES_SECONDS)

    async def overview(self) -> Overview:
        """Return the state of everything, looked at in parallel."""
        (services, answers), view = await asyncio.gather(self._services.get(), self._database.get())
        return compose(str(self._settings.runtime.environment), view_services(services, answers, view), view)

    async def services(self) -> list[ServiceView]:
        """Return how each service is."""
        (services, answers), view = await asyncio.gather(self._services.get(), self._database.get())
        return view_services(services, answers, view)

    async def _ask_services(self) -> tuple[list[Service], dict[str, Health]]:
        services = await asyncio.to_thread(known_services, self._settings)
        urls = [service.url for service in services if service.url and speaks_http(service)]
        return services, await check_all(self._client, urls)


def compose(environment: str, services: list[ServiceView], database: DatabaseView) -> Overview:
    """Build the answer from one look at services and database."""
    figures = database.figures
    return Overview(
        generated_at=datetime.now(UTC),
        environment=environment,
        verdict=judge(services, database),
        services=services,
        workers=figures.workers if figures else None,
        earlier_workers=figures.earlier_workers if figures else None,
        pipeline=pipeline(figures.jobs if figures else {}),
        totals=figures.totals if figures else None,
        minutes=figures.minutes if figures else None,
        waiting=figures.waiting if figures else None,
        failures=figures.failures if figures else None,
    )


def pipeline(jobs: Mapping[Status, Count]) -> list[Stretch]:
    """Lay the ten statuses out from left to right, each failure beside the statuses it branches off from."""
    stretches = [
        Stretch([Step(move.source, jobs.get(move.source)) for move in moves], Step(failure, jobs.get(failure)))
        for failure, moves in groupby(MOVES, key=lambda move: move.fails_to)
    ]
    return [*stretches, Stretch([Step(Status.COMPLETE, jobs.get(Status.COMPLETE))], failure=None)]
