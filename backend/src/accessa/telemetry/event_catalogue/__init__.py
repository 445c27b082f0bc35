"""Every event that our processes log, and the fields its lines may carry: what is not named here does not get out."""

from __future__ import annotations

from collections.abc import Mapping

from accessa.telemetry.event_catalogue import of_alerts, of_jobs, of_servers, of_stack, of_store, of_workers
from accessa.telemetry.event_catalogue.logged_event import LoggedEvent

__all__ = ["ALLOWED", "GROUPS", "LIBRARY_FIELDS", "MEANINGS", "LoggedEvent"]

GROUPS: Mapping[str, tuple[LoggedEvent, ...]] = {
    "Jobs and documents": of_jobs.EVENTS,
    "Calls": of_store.CALLS,
    "Database and providers": of_store.EVENTS,
    "Worker": of_workers.EVENTS,
    "API, storage and monitoring": of_servers.EVENTS,
    "Alerts": of_alerts.EVENTS,
    "Supervisor": of_stack.EVENTS,
}

MEANINGS: Mapping[str, str] = {
    "timestamp": "When, in UTC",
    "level": "debug, info, warning, error or critical",
    "service": "The process, by the name `accessa status` gives it",
    "event": "What happened: one of the names below, or the words of a library",
    "logger": "On lines of a library: which one",
    "correlation_id": "Follows one upload through every service",
    "job_id": "The job that the line is about",
    "document_id": "The document of the job",
    "stage": "The stage of the pipeline that the job is at",
    "attempt": "Which try of this stage it is, from 1",
    "epoch": "Which lease of the job it is; each claim raises it",
    "call_id": "One call to the embedding provider that several documents may share",
    "jobs": "How many batches share the call",
    "job_ids": "The jobs that share the call, the first 20 of them",
    "trace_id": "The trace of the document, while TRACES_ENDPOINT is set",
    "duration_seconds": "How long it took",
    "code": "A stable code: see the catalogue of errors",
    "error_type": "The type of what was raised; never its words, which may quote a document",
    "error_trail": "The last places that it passed: file, line, function",
    "left_out": "Names of fields that are not in this catalogue, whose values were dropped",
}
"""What the fields mean that stand on lines of many kinds."""

LIBRARY_FIELDS = frozenset(
    {
        *("timestamp", "level", "service", "event", "logger", "error_type", "error_trail", "left_out"),
        *("correlation_id", "job_id", "document_id", "stage", "attempt", "epoch", "call_id", "jobs", "job_ids"),
        "trace_id",
    }
)
"""Fields that any line may carry, also one of a library."""

ALLOWED: Mapping[str, frozenset[str]] = {
    told.name: LIBRARY_FIELDS | frozenset(told.fields) for group in GROUPS.values() for told in group
}
"""The fields that a line of each event may carry."""
