"""What is read from the database for metrics and alerts: one file a subject, one tuple that lists them."""

from __future__ import annotations

from accessa.observe.metric import Metric, Reading
from accessa.observe.readings.audit import AuditReading
from accessa.observe.readings.blocking import BlockingReading
from accessa.observe.readings.canary import CanaryReading
from accessa.observe.readings.database import DatabaseReading
from accessa.observe.readings.due_jobs import DueJobsReading
from accessa.observe.readings.ended_jobs import EndedJobsReading
from accessa.observe.readings.events import EventsReading
from accessa.observe.readings.leases import LeasesReading
from accessa.observe.readings.letters import DeadLettersReading
from accessa.observe.readings.parses import ParsesFoundReading, WaitingParsesReading
from accessa.observe.readings.providers import GatesReading
from accessa.observe.readings.schema import SchemaReading
from accessa.observe.readings.spending import BudgetReading, SpendingReading
from accessa.observe.readings.stages import StageTimesReading
from accessa.observe.readings.statuses import StatusesReading
from accessa.observe.readings.tables import TablesReading
from accessa.observe.readings.workers import WorkersReading
from accessa.settings import Settings


def all_readings(settings: Settings) -> tuple[Reading, ...]:
    """Return fresh readings, the cheap and urgent ones first; each counts from now on."""
    return (
        DatabaseReading(),
        BlockingReading(),
        SchemaReading(),
        WorkersReading(settings.worker),
        DueJobsReading(),
        LeasesReading(),
        GatesReading(),
        EventsReading(),
        EndedJobsReading(),
        ParsesFoundReading(),
        StatusesReading(),
        WaitingParsesReading(),
        BudgetReading(settings.budget),
        SpendingReading(),
        DeadLettersReading(),
        StageTimesReading(),
        CanaryReading(settings),
        AuditReading(),
        TablesReading(),
    )


def described_metrics(settings: Settings) -> tuple[Metric, ...]:
    """Return every metric that the readings tell."""
    return tuple(metric for reading in all_readings(settings) for metric in reading.metrics)
