"""Puts one look at services and database together into the answer that the page draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from accessa.apps.monitor.chart_series import Columns
from accessa.apps.monitor.proof_views import AuditView, CanaryView
from accessa.apps.monitor.provider_views import ProviderView
from accessa.apps.monitor.verdict import Verdict
from accessa.apps.monitor.worker_views import WorkerView
from accessa.domain.statuses import MOVES, Status
from accessa.observe.failure_groups import FailureGroups
from accessa.observe.figures import Count, Failure, Waiting
from accessa.observe.metric import Sample
from accessa.observe.minute_history import SlowJob
from accessa.observe.oldest_jobs import OldJob
from accessa.observe.pipeline_flow import Bottleneck
from accessa.observe.service_views import ServiceView


@dataclass(frozen=True, slots=True)
class Step:
    """One status: the jobs in it, how many leave it a minute for the next, the age of the oldest in seconds.

    `stage` is what takes a job on from here. What is unknown is none.
    """

    status: Status
    count: Count | None
    stage: str | None = None
    per_minute: float | None = None
    oldest_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring statuses from which a job fails to the same status; the last stretch, complete, fails to none."""

    steps: list[Step]
    failure: Step | None


@dataclass(frozen=True, slots=True)
class Money:
    """Spent and committed since midnight UTC, and the most that may be; US dollars."""

    spent_today_usd: float | None
    limit_usd: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows; what the database would tell is none while it is silent."""

    generated_at: datetime
    version: str
    environment: str
    verdict: Verdict
    canary: CanaryView | None
    audit: AuditView | None
    alerts: list[dict[str, Any]]
    #: what an operator may have forgotten: silences that hold while no alert of theirs is active
    idle_silences: list[dict[str, Any]]
    services: list[ServiceView]
    workers: list[WorkerView] | None
    earlier_workers: int | None
    pipeline: list[Stretch]
    bottleneck: Bottleneck | None
    totals: dict[str, Count] | None
    waiting: Waiting | None
    completed_per_minute: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    providers: list[ProviderView] | None
    money: Money
    failures: list[Failure] | None
    failed_last_hour: int | None
    failure_groups: FailureGroups | None
    oldest: list[OldJob] | None
    slowest: list[SlowJob] | None
    #: the newest seconds of the charts; none while the database is silent
    seconds: Columns | None


@dataclass(frozen=True, slots=True)
class StepFigures:
    """What is known of each status."""

    counts: Mapping[Status, Count]
    per_minute: Mapping[Status, float]
    oldest_seconds: Mapping[Status, float]

    def step(self, status: Status, stage: str | None = None) -> Step:
        """Return one status as the page draws it."""
        return Step(
            status, self.counts.get(status), stage, self.per_minute.get(status), self.oldest_seconds.get(status)
        )


def pipeline(figures: StepFigures) -> list[Stretch]:
    """Lay the ten statuses out from left to right, each failure beside the statuses it branches off from."""
    stretches = [
        Stretch([figures.step(move.source, move.stage) for move in moves], figures.step(failure))
        for failure, moves in groupby(MOVES, key=lambda move: move.fails_to)
    ]
    return [*stretches, Stretch([figures.step(Status.COMPLETE)], failure=None)]


def spending(samples: Sequence[Sample]) -> Money:
    """Return what today has cost so far, as the budgets count it."""
    told = {sample.metric.name: sample.value for sample in samples}
    return Money(told.get("accessa_spent_today_usd"), told.get("accessa_budget_limit_usd"))
