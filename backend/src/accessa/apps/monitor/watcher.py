"""Looks at services, database and metrics, and keeps what the charts need of the time before."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import httpx

from accessa import __version__
from accessa.apps.monitor.as_json import as_json
from accessa.apps.monitor.chart_series import TAIL_SECONDS, Columns, minute_columns, second_columns
from accessa.apps.monitor.gauge_history import Depth, GaugeHistory
from accessa.apps.monitor.overview import Overview, StepFigures, pipeline, spending
from accessa.apps.monitor.proof_views import view_audit, view_canary
from accessa.apps.monitor.provider_views import view_providers
from accessa.apps.monitor.pulse import event
from accessa.apps.monitor.shown_alerts import told_alerts, told_silences
from accessa.apps.monitor.verdict import judge, with_alerts
from accessa.apps.monitor.worker_views import view_workers
from accessa.domain.provider_identity import identity_of
from accessa.domain.statuses import TERMINAL, Status
from accessa.observe.alerts.board import AlertBoard
from accessa.observe.database_view import Answer, Database, DatabaseView
from accessa.observe.ended_by_second import EndedBySecond
from accessa.observe.failure_groups import FailureGroups, read_failure_groups
from accessa.observe.figures import Figures
from accessa.observe.held_jobs import HeldJobs, read_held_jobs
from accessa.observe.metric import Sample
from accessa.observe.minute_history import MinuteHistory
from accessa.observe.oldest_jobs import OldJob, read_oldest_jobs
from accessa.observe.paced import Paced
from accessa.observe.pipeline_flow import Bottleneck, PipelineFlow, find_bottleneck
from accessa.observe.remembered import Remembered
from accessa.observe.service_health import Health, check_all
from accessa.observe.service_list import Service, known_services
from accessa.observe.service_views import ServiceView, speaks_http, view_services
from accessa.observe.system_metrics import SystemMetrics
from accessa.settings import Settings

HEALTH_SECONDS = 2.0
HISTORY_SECONDS = 15.0
# What goes through all unfinished or all failed jobs may take this part of one processor's time.
_SHARE = 0.0006


@dataclass(frozen=True, slots=True)
class _Seen:
    figures: Figures
    second: int
    held: dict[str, HeldJobs]
    groups: FailureGroups
    oldest: list[OldJob]


class Watcher:
    """One look at everything, asked for by the pulse; what is heavy is looked up less often and kept meanwhile."""

    def __init__(
        self,
        settings: Settings,
        client: httpx.AsyncClient,
        database: Database,
        system: SystemMetrics,
        board: AlertBoard,
    ) -> None:
        self._settings = settings
        self._parser = identity_of("llamaparse", settings.parse.base_url)
        self._client = client
        self._database = database
        self._system = system
        self._board = board
        self._services = Remembered(self._ask_services, seconds=HEALTH_SECONDS)
        self._ended = EndedBySecond()
        self._history = MinuteHistory()
        self._gauges = GaugeHistory()
        self._flow = PipelineFlow()
        self._read_history = Paced(self._history.read, every_seconds=HISTORY_SECONDS)
        self._held = Paced(read_held_jobs, every_seconds=0.5, share=_SHARE)
        self._groups = Paced(read_failure_groups, every_seconds=5.0, share=_SHARE)
        self._oldest = Paced(read_oldest_jobs, every_seconds=2.0, share=_SHARE)
        self._history_told_at = 0
        self._last: Overview | None = None
        self._looking = asyncio.Lock()

    async def frame(self) -> bytes:
        """Look, and return the events that bring every page up to date."""
        overview = await self.look()
        frame = event("state", as_json(overview))
        moment = int(overview.generated_at.timestamp())
        if moment - self._history_told_at >= HISTORY_SECONDS:
            self._history_told_at = moment
            frame += event("minutes", as_json(self.minutes()))
        return frame

    def greeting(self) -> bytes:
        """Return the events for a page that has just come: the last look, and all that the charts begin with."""
        known = [event("minutes", as_json(self.minutes())), event("seconds", as_json(self.seconds()))]
        return b"".join([*([event("state", as_json(self._last))] if self._last else []), *known])

    def minutes(self) -> Columns:
        """Return the last hour by the minute."""
        return minute_columns(self._history, self._gauges)

    def seconds(self) -> Columns:
        """Return the last ten minutes by the second."""
        return second_columns(self._ended, self._gauges, self._second)

    async def look(self) -> Overview:
        """Return the state of everything, looked at in parallel; one look at a time."""
        async with self._looking:
            return await self._look()

    async def _look(self) -> Overview:
        (services, answers), seen, samples = await asyncio.gather(
            self._services.get(), self._database.look_at(self._read), self._system.refresh()
        )
        view = DatabaseView(seen.answers, seen.sentence, seen.value.figures if seen.value else None)
        if seen.value is not None:
            self._remember(seen.value, samples)
        self._last = self._compose(view_services(services, answers, view), view, seen, samples)
        return self._last

    async def recent(self) -> Overview:
        """Return the last look, made within the last seconds where somebody watches, else a new one."""
        async with self._looking:
            last = self._last
            is_fresh = last is not None and (datetime.now(UTC) - last.generated_at).total_seconds() < HEALTH_SECONDS
            return last if last is not None and is_fresh else await self._look()

    async def services(self) -> list[ServiceView]:
        """Return how each service is."""
        return (await self.recent()).services

    @property
    def _second(self) -> int:
        return self._ended.now or int(datetime.now(UTC).timestamp())

    async def _ask_services(self) -> tuple[list[Service], dict[str, Health]]:
        services = await asyncio.to_thread(known_services, self._settings)
        urls = [service.url for service in services if service.url and speaks_http(service)]
        return services, await check_all(self._client, urls)

    async def _read(self, connection: asyncpg.Connection) -> _Seen:
        figures = await self._database.figures.read(connection)
        second = await self._ended.read(connection)
        held = await self._held.get(connection)
        groups = await self._groups.get(connection)
        oldest = await self._oldest.get(connection)
        # Until the hour before the start is known, ten minutes of it come with each look.
        await (self._read_history.get(connection) if self._history.is_whole else self._history.read(connection))
        return _Seen(figures, second, held, groups, oldest)

    def _remember(self, seen: _Seen, samples: list[Sample]) -> None:
        self._flow.note(seen.second, _unfinished(seen.figures))
        waiting = seen.figures.waiting
        minute = datetime.fromtimestamp(seen.second // 60 * 60, UTC)
        self._gauges.note(seen.second, minute, Depth(waiting.unfinished, waiting.due), samples)

    def _compose(
        self, services: list[ServiceView], view: DatabaseView, seen: Answer[_Seen], samples: list[Sample]
    ) -> Overview:
        known, figures = seen.value, view.figures
        alerts = self._board.active()
        last_minute = self._ended.between(self._second - 60, self._second - 1) if known else None
        minute = self._latest_minute() if known else None
        now = datetime.now(UTC)
        return Overview(
            generated_at=now,
            version=__version__,
            environment=str(self._settings.runtime.environment),
            verdict=with_alerts(judge(services, view), alerts),
            canary=view_canary(samples, now) if known else None,
            audit=view_audit(samples, now) if known else None,
            alerts=told_alerts(alerts),
            idle_silences=told_silences(self._board.idle_silences()),
            services=services,
            workers=view_workers(known.figures.workers, known.held, samples) if known else None,
            earlier_workers=figures.earlier_workers if figures else None,
            pipeline=pipeline(self._steps(figures)),
            bottleneck=self._bottleneck(figures) if figures else None,
            totals=figures.totals if figures else None,
            waiting=figures.waiting if figures else None,
            completed_per_minute=last_minute.completed if last_minute else None,
            p50_seconds=minute[0] if minute else None,
            p95_seconds=minute[1] if minute else None,
            providers=view_providers(samples, self._history, self._parser) if known else None,
            money=spending(samples),
            failures=figures.failures if figures else None,
            failed_last_hour=figures.failed_last_hour if figures else None,
            failure_groups=known.groups if known else None,
            oldest=known.oldest if known else None,
            slowest=self._history.slowest() if known else None,
            seconds=second_columns(self._ended, self._gauges, self._second, TAIL_SECONDS) if known else None,
        )

    def _bottleneck(self, figures: Figures) -> Bottleneck | None:
        """Return what holds documents up while somebody works; else it is that nobody does, which the banner tells."""
        at_work = any(worker.alive for worker in figures.workers)
        return find_bottleneck(_unfinished(figures), self._history.stage_seconds()) if at_work else None

    def _steps(self, figures: Figures | None) -> StepFigures:
        if figures is None:
            return StepFigures({}, {}, {})
        return StepFigures(figures.jobs, self._flow.per_minute(self._ended) or {}, figures.oldest_seconds)

    def _latest_minute(self) -> tuple[float | None, float | None] | None:
        """Return p50 and p95 of the newest of the last minutes in which a document was completed."""
        minutes = [self._history.at(start) for start in reversed(self._history.starts()[-15:])]
        return next(((minute.p50, minute.p95) for minute in minutes if minute.p50 is not None), None)


def _unfinished(figures: Figures) -> dict[Status, int]:
    return {status: count.number for status, count in figures.jobs.items() if status not in TERMINAL}
