"""Every event that a simulator logs, and the fields that its lines may carry besides time, level and service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event: what it means, and its fields."""

    name: str
    meaning: str
    fields: tuple[str, ...] = ()


EVENTS = (
    LoggedEvent("The simulator listens", "It answers on this port from now on.", ("host", "port")),
    LoggedEvent(
        "Request served",
        "A request was answered; one about health or metrics is not told.",
        ("method", "route", "status", "duration_seconds", "request_id", "call_id"),
    ),
    LoggedEvent("Parse job moved", "A parse has reached this status.", ("parse_job_id", "status")),
    LoggedEvent("Parse job broke", "The simulator itself failed at a parse, which ends as failed.", ("parse_job_id",)),
    LoggedEvent(
        "Webhook sent",
        "What became of a delivery after its last try: delivered or lost.",
        ("parse_job_id", "event_type", "tries", "state"),
    ),
    LoggedEvent("Batch broke", "The simulator itself failed at a batch, which ends as failed.", ("batch_id",)),
    LoggedEvent("The embedding model could not be loaded", "Requests for it are answered 503; a restart tries again."),
)

ALWAYS = ("correlation_id", "error_type", "error_trail")
"""Fields that may stand on any line: whose work it is, and of an error its type and its way."""

FIELDS = frozenset({*ALWAYS, *(field for event in EVENTS for field in event.fields)})
