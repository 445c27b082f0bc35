"""The drill's own stack: the services of `accessa up`, in a hurry, so that what takes minutes takes seconds."""

from __future__ import annotations

from dataclasses import replace

from accessa.settings import Settings
from accessa.stack.plan import Service
from accessa.stack.service_table import Blueprint, local_services

LEASE_SECONDS = 3
_LONGEST_PAUSE_SECONDS = 1.0

TUNING = {
    "WORKER_LEASE_SECONDS": str(LEASE_SECONDS),
    "WORKER_POLL_SECONDS": "0.5",
    "WORKER_HEARTBEAT_SECONDS": "1",
    "WORKER_JOBS_AT_ONCE": "32",
    "WORKER_DRAIN_SECONDS": "3",
    "WORKER_BACKOFF_SECONDS": "0.3",
    "WORKER_BACKOFF_MAX_SECONDS": "3",
    "EMBED_BATCH_INPUTS": "8",
    "EMBED_BATCHES_IN_FLIGHT": "1",
    "LLAMAPARSE_POLL_SECONDS": "1",
    "LLAMAPARSE_POLL_MAX_SECONDS": "2",
    "LLAMAPARSE_TIMEOUT_SECONDS": "8",
    "OPENAI_TIMEOUT_SECONDS": "6",
    "PROVIDER_OPEN_SECONDS": "0.5",
    "PROVIDER_OPEN_MAX_SECONDS": "2",
    "PROVIDER_PROBE_SECONDS": "8",
    # A call takes a while, so that a blow can fall into it.
    "MOCK_OPENAI_DELAY": "0.15",
    "MOCK_LLAMAPARSE_DELAY": "0.5",
    "MOCK_OPENAI_FAILURE_RATE": "0",
    "MOCK_LLAMAPARSE_FAILURE_RATE": "0",
    "MOCK_LLAMAPARSE_MODE": "document",
    "MOCK_LLAMAPARSE_WEBHOOK_RETRY_WAITS": "[0.5, 1.0]",
}


def drill_services(plan: Blueprint) -> list[Service]:
    """Return the local services under the drill's settings, each started again soon after it died, however often."""
    tuned = replace(plan, settings=_without_patience(plan.settings), environment=plan.environment | TUNING)
    return [
        service.model_copy(update={"longest_pause_seconds": _LONGEST_PAUSE_SECONDS})
        for service in local_services(tuned)
        if service.name != "monitoring"
    ]


def _without_patience(settings: Settings) -> Settings:
    worker = settings.worker.model_copy(update={"drain_seconds": float(TUNING["WORKER_DRAIN_SECONDS"])})
    return settings.model_copy(update={"worker": worker})
